import { inspectRegularly } from "@sluice/updater/agent/inspect-regularly.ts";
import { checkRegularly, sendRegularly } from "@sluice/updater/agent/loop.ts";
import { loadParser } from "@sluice/updater/install/unpack.ts";
import { silentLog } from "@sluice/updater/ports/log.ts";
import { openUpdater, type Updater } from "@sluice/updater/updater.ts";
import { healthCommand, mount, unmount } from "../disk/mount.ts";
import { type Fate, ProcessDisk } from "../disk/process-disk.ts";
import type { Random } from "../fleet/random.ts";
import { clockOf } from "../world/process-clock.ts";
import type { Life } from "./life.ts";
import { identity } from "./server.ts";

// What is loaded in the midst of a life takes real time, and the clock of the life would not wait for it.
await loadParser();

let processes = 0;

/** How long a version has to become healthy, ms. */
const healthTimeoutMs = 20_000;

interface AgentOptions {
  readonly life: Life;
  readonly random: Random;
  /** What becomes of its next change of the disk. */
  readonly fate: (isNewName: boolean) => Fate;
  /** Whether a version is healthy, by what its program says. */
  readonly isHealthy: (program: string) => boolean;
}

/** One run of the production agent on the disk of a machine. */
export class Agent {
  updater: Updater | undefined;
  /** Why it ended by itself. */
  failure: unknown;
  #alive = true;
  readonly #name = `client-life-${processes++}`;
  readonly #stop = new AbortController();

  constructor(options: AgentOptions) {
    this.#run(options).catch((error: unknown) => {
      this.failure = error;
      this.kill();
    });
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  /** Ends it at this instant: what it was in the midst of never goes on. */
  kill(): void {
    this.#alive = false;
    unmount(this.#name);
  }

  /** Asks it to end, as who shuts a machine down. */
  stop(): void {
    this.#stop.abort();
  }

  async #run({ life, random, fate, isHealthy }: AgentOptions): Promise<void> {
    const { settings, clock, disk, server } = life;
    const isAlive = () => this.#alive;
    const { folder, server: address } = mount(this.#name, {
      disk: new ProcessDisk(disk, isAlive, fate),
      send: (url, headers, body) => server.answer(url, headers, body),
      isHealthy,
    });
    const ports = { clock: clockOf(clock, { isAlive, error: () => 0 }), random: () => random.fraction() };
    const { signal } = this.#stop;
    const updater = await openUpdater({
      folder,
      server: address,
      filesOnly: settings.filesOnly,
      reports: address,
      identity,
      trustedFeeds: async () => server.trusted,
      health: [{ command: { command: [healthCommand, "{current}/program"], cwd: folder } }],
      rollback: {
        automatic: settings.takesBack,
        healthCheckTimeoutMs: healthTimeoutMs,
        keepVersions: settings.keepVersions,
      },
      takeLock: () => () => undefined,
      // By the real clock, which no simulated connection waits for.
      stallMs: 600_000,
      log: silentLog,
      ports,
    });
    this.updater = updater;
    const care = await updater.takeCare();
    await care.settle(signal).catch(() => undefined);
    const schedule = {
      intervalMs: settings.pollMs,
      explicitInterval: true,
      autoInstall: true,
      automaticRollback: true,
    };
    await Promise.all([
      checkRegularly({ updater, care, schedule, ports, log: silentLog, signal }),
      sendRegularly(updater, ports, signal),
      ...(settings.inspects ? [inspectRegularly(updater, { ports, log: silentLog, mayAsk: true, signal })] : []),
    ]);
    await care.end();
    this.kill();
  }
}
