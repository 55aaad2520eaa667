import type { ChildProcess } from "node:child_process";
import type { Layout } from "../disk/layout.ts";
import type { Log } from "../ports/log.ts";
import type { Ports } from "../ports/ports.ts";
import type { Command, Place } from "./command.ts";
import { launch } from "./launch.ts";
import { stopRun } from "./stop-run.ts";

const firstRestartMs = 500;
const longestRestartMs = 30_000;
/** Who ran for so long begins again with the shortest delay, ms. */
const steadyMs = 60_000;

/** The program that the updater looks after. */
export interface Supervisor {
  /**
   * Starts a version, after stopping whatever ran. It outlives this process.
   * @param restart whether it is started again when it ends; otherwise its end is only noted
   */
  start(place: Place, restart: boolean): Promise<void>;
  /** Stops the program, also one that an earlier updater started. */
  stop(): Promise<void>;
  /** From now on the program is started again when it ends. */
  keepRunning(): void;
  /** The version that this process has started and watches. */
  watching(): string | undefined;
  /** Why the program does not run, or undefined while it does. */
  ended(): string | undefined;
  /** How long ago the program was last started, ms. */
  ranMs(): number;
  /** Leaves the program running and stops watching it. */
  release(): void;
}

export function openSupervisor(options: {
  readonly layout: Layout;
  readonly ports: Ports;
  readonly log: Log;
  readonly command: Command;
  readonly stopTimeoutMs: number;
  /** Hears of each time that the program ends although it is kept running. */
  readonly onDeath?: (version: string) => void;
}): Supervisor {
  const { layout, log, command, stopTimeoutMs } = options;
  const { clock } = options.ports;
  let child: ChildProcess | undefined;
  let place: Place | undefined;
  let end: string | undefined = "it was not started";
  let restart = false;
  let restarts = 0;
  let startedMs = clock.now();
  /** Aborted when what was to run changes: a restart that waits is then off. */
  let watch = new AbortController();
  /** Starts and stops follow one another, never overlap. */
  let queue: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(act: () => Promise<T>): Promise<T> => {
    const turn = queue.then(act, act);
    queue = turn.catch(() => undefined);
    return turn;
  };

  const changeTo = (next: Place | undefined, why: string): void => {
    watch.abort();
    watch = new AbortController();
    child = undefined;
    place = next;
    restart = false;
    restarts = 0;
    end = why;
  };

  const run = async (to: Place, signal: AbortSignal): Promise<void> => {
    startedMs = clock.now();
    const started = await launch(layout, command, to);
    child = started;
    end = undefined;
    const onExit = () => {
      if (child !== started || signal.aborted) return;
      const how = started.signalCode === null ? `with code ${started.exitCode}` : `by ${started.signalCode}`;
      end = `it ended ${how} after ${clock.now() - startedMs} ms`;
      child = undefined;
      if (!restart) return;
      void revive(to);
      options.onDeath?.(to.version);
    };
    if (started.exitCode !== null || started.signalCode !== null) onExit();
    else started.once("exit", onExit);
  };

  const revive = async (to: Place): Promise<void> => {
    const { signal } = watch;
    if (clock.now() - startedMs >= steadyMs) restarts = 0;
    const waitMs = Math.min(longestRestartMs, firstRestartMs * 2 ** restarts);
    restarts += 1;
    log.warn("The program does not run and is started again", { version: to.version, why: end, inMs: waitMs });
    try {
      await clock.sleep(waitMs, signal);
      await inTurn(async () => {
        signal.throwIfAborted();
        await stopRun(layout, clock, stopTimeoutMs);
        await run(to, signal);
      });
    } catch (error) {
      if (signal.aborted) return;
      end = error instanceof Error ? error.message : String(error);
      void revive(to);
    }
  };

  return {
    async start(to, restarting) {
      changeTo(to, "it is being started");
      restart = restarting;
      const { signal } = watch;
      await inTurn(async () => {
        await stopRun(layout, clock, stopTimeoutMs);
        try {
          await run(to, signal);
        } catch (error) {
          end = error instanceof Error ? error.message : String(error);
          if (!restarting) throw error;
          void revive(to);
        }
      });
    },
    async stop() {
      changeTo(undefined, "it was stopped");
      await inTurn(() => stopRun(layout, clock, stopTimeoutMs));
    },
    keepRunning() {
      restart = true;
      if (place !== undefined && end !== undefined) void revive(place);
    },
    watching: () => place?.version,
    ended: () => end,
    ranMs: () => clock.now() - startedMs,
    release() {
      child?.unref();
      changeTo(undefined, "it is not watched any more");
    },
  };
}
