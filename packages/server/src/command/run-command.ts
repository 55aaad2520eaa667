import { spawn } from "node:child_process";
import type { Clock } from "../clock/clock.ts";
import { OutputTail } from "./output-tail.ts";

/** How long a program that was asked to end may take, and how long its output is waited for once it has. */
const graceMs = 2_000;

/**
 * Becomes the program that it is given. Beside it, in its group, waits for the end of a pipe that the server holds open: when
 * the server is killed, the group goes with it, and does not meddle with what the next server begins.
 */
const endWithServer = '(read -r _ <&3; kill -9 0) 2>/dev/null & exec "$@" 3<&-';

export interface CommandRun {
  /** Absolute path, or a name that is found along the PATH of `env`. */
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: string;
  /** The whole environment: nothing of the server's own is added. */
  readonly env: Readonly<Record<string, string>>;
  /** Taken out of the output. */
  readonly secrets: readonly string[];
  /** When aborted, the program is ended with everything in its process group. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

export interface CommandResult {
  /** The exit code, or undefined when a signal ended it. */
  readonly exitCode: number | undefined;
  readonly endedBy: string | undefined;
  readonly durationMs: number;
  /** The end of what it wrote to standard output and error, in the order in which it came. */
  readonly output: string;
}

/**
 * Runs a program, whose arguments no shell reads, in a process group of its own, of which nothing is left when this resolves,
 * nor when the server is killed. Rejects when it could not be started.
 */
export function runCommand(run: CommandRun): Promise<CommandResult> {
  const { clock, signal } = run;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new Error("it was stopped before it began"));
      return;
    }
    const startedAt = clock.now();
    const child = spawn("/bin/sh", ["-c", endWithServer, run.program, run.program, ...run.args], {
      cwd: run.folder,
      env: { ...run.env },
      stdio: ["ignore", "pipe", "pipe", "pipe"],
      detached: true,
    });
    const tail = new OutputTail(run.secrets);
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => tail.add(chunk));
    let cancel = () => {};
    const stop = () => {
      killGroup(child.pid, "SIGTERM");
      cancel = clock.wakeAt(clock.now() + graceMs, () => killGroup(child.pid, "SIGKILL"));
    };
    signal.addEventListener("abort", stop, { once: true });
    const over = () => {
      signal.removeEventListener("abort", stop);
      cancel();
    };
    child.once("error", (error) => {
      over();
      reject(error);
    });
    child.once("exit", () => {
      over();
      killGroup(child.pid, "SIGKILL");
      // Whoever left the group may hold the pipes open for ever.
      cancel = clock.wakeAt(clock.now() + graceMs, () => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      });
    });
    child.once("close", (code, endedBy) => {
      over();
      resolve({
        exitCode: code ?? undefined,
        endedBy: endedBy ?? undefined,
        durationMs: Math.max(0, clock.now() - startedAt),
        output: tail.text(),
      });
    });
  });
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody of the group is left.
  }
}
