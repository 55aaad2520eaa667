import { sha256Hex } from "@sluice/core/log/digest.ts";
import type { Clock as Timers } from "@sluice/server/clock/clock.ts";
import { checkRegularly, sendRegularly } from "@sluice/updater/agent/loop.ts";
import type { UpdaterState } from "@sluice/updater/events.ts";
import { silentLog } from "@sluice/updater/ports/log.ts";
import { openUpdater, type Updater } from "@sluice/updater/updater.ts";
import { MachineDisk } from "../disk/machine-disk.ts";
import { healthCommand, mount, unmount } from "../disk/mount.ts";
import { ProcessDisk } from "../disk/process-disk.ts";
import { losses } from "../disk/tree.ts";
import type { Random } from "../fleet/random.ts";
import { agentFeeds } from "./agent-feeds.ts";
import type { AgentNetwork } from "./agent-network.ts";
import { clockOf } from "./process-clock.ts";
import type { World } from "./world.ts";

/** How long a version has to become healthy, and how long a machine is down, in ms. */
const healthTimeoutMs = 20_000;
const downMsMax = 2 * 3_600_000;

interface MachineOptions {
  readonly id: string;
  readonly channel: string;
  readonly world: World;
  readonly network: AgentNetwork;
  readonly random: Random;
  readonly pollMs: number;
  /** How likely a version is to fail on a machine. */
  readonly failureRate: (version: string) => number;
}

/** One run of the agent's process. */
interface Life {
  readonly name: string;
  alive: boolean;
  /** When it ends; undefined: it does not. */
  ends: End | undefined;
  updater: Updater | undefined;
}

/** Its updater waits for an answer to whether the new version is healthy, and changes nothing. */
const question = "asking whether it is healthy";

/** It ends after so many changes of the disk: all of them, or those that are made while its updater does one thing; or while it waits for an answer. */
interface End {
  changes: number;
  /** Of these only what gives something a new name counts, and it ends just after that, when the name is not synced yet. */
  readonly afterNewName?: boolean;
  readonly during?: UpdaterState["name"] | typeof question;
}

/** What an updater does to its disk beside waiting, where few changes decide a great deal. */
const critical = [
  "installing",
  "installing",
  "preparing",
  "switching",
  "confirming",
  "finishing",
  "rolling-back",
  question,
  question,
] as const;

let lives = 0;

/** A machine that the production agent looks after: its disk, and the lives of its process one after the other. */
export class Machine {
  readonly id: string;
  readonly channel: string;
  readonly disk: MachineDisk;
  /** By how much its clock was set wrong, in ms. */
  clockErrorMs = 0;
  /** The versions that it was seen to rest on. */
  readonly endedOn = new Set<string>();
  readonly #options: MachineOptions;
  readonly #clock: Timers;
  #life: Life = { name: "", alive: false, ends: undefined, updater: undefined };

  constructor(options: MachineOptions) {
    this.id = options.id;
    this.channel = options.channel;
    this.#clock = options.world.drifting(options.random);
    this.disk = new MachineDisk(() => this.#clock.now());
    this.#options = options;
    const { world, random } = options;
    world.clock.wakeAt(world.clock.now() + random.below(3_600_000), () => this.#start());
  }

  /** Whether a version works on this machine: it always does, or never. */
  isHealthy(version: string): boolean {
    const place = Number.parseInt(sha256Hex(`${this.id} ${version}`).slice(0, 8), 16) / 2 ** 32;
    return place >= this.#options.failureRate(version);
  }

  /** Whether its agent runs and is not in the midst of anything. */
  get rests(): boolean {
    return this.#life.alive && this.#life.updater?.state().name === "idle";
  }

  /** What `current` leads to; undefined: nothing is installed. */
  get version(): string | undefined {
    const link = this.disk.root.names.get("current");
    return link?.kind === "link" ? link.target.slice("versions/".length) : undefined;
  }

  /** Ends its process for good. */
  end(): void {
    this.#life.alive = false;
    unmount(this.#life.name);
  }

  /** Its process ends with one of the next changes of its disk. */
  kill(): void {
    const { random } = this.#options;
    const during = critical[random.below(Math.ceil(1.5 * critical.length))];
    const afterNewName = random.chance(0.4);
    const most = afterNewName || random.chance(0.5) ? 4 : 30;
    const changes = random.below(during === undefined && !afterNewName ? 80 : 1 + random.below(most));
    // What it was to end in the midst of may never come.
    if (this.#life.ends === undefined || this.#life.ends.during !== undefined)
      this.#life.ends = { changes, afterNewName, ...(during === undefined ? {} : { during }) };
  }

  #start(): void {
    const { world, network, random, pollMs, id, channel } = this.#options;
    world.tell(`the agent of ${id} starts on ${this.version ?? "nothing"}`);
    const life: Life = { name: `${id}-${lives++}`, alive: true, ends: undefined, updater: undefined };
    this.#life = life;
    const isAlive = () => life.alive;
    const disk = new ProcessDisk(this.disk, isAlive, (isNewName) => this.#mortal(life, isNewName));
    const send = network.sendFor(isAlive, this);
    const { folder, server } = mount(life.name, { disk, send, isHealthy: (program) => this.#answer(life, program) });
    const clock = clockOf(this.#clock, { isAlive, error: () => this.clockErrorMs });
    const ports = { clock, random: () => random.fraction() };
    const signal = new AbortController().signal;
    const run = async () => {
      const updater = await openUpdater({
        folder,
        server,
        identity: { app: world.app, clientId: id, channel, platform: "linux-x64", attributes: { region: "eu" } },
        trustedFeeds: async () => agentFeeds(world),
        health: [{ command: { command: [healthCommand, "{current}/program"], cwd: folder } }],
        rollback: { automatic: true, healthCheckTimeoutMs: healthTimeoutMs, keepVersions: 2 },
        // Each life has a path of its own, and the one before it is over.
        takeLock: () => () => undefined,
        // By the real clock, which no simulated connection waits for.
        stallMs: 600_000,
        log: silentLog,
        ports,
      });
      life.updater = updater;
      const care = await updater.takeCare();
      await care.settle(signal).catch(() => undefined);
      const schedule = { intervalMs: pollMs, explicitInterval: true, autoInstall: true, automaticRollback: true };
      const regular = {
        updater,
        care,
        schedule,
        ports,
        log: silentLog,
        signal,
      };
      await Promise.all([checkRegularly(regular), sendRegularly(updater, ports, signal)]);
    };
    // Its disk may have been full: then it is started again, as a service is.
    run().catch((error: unknown) => {
      world.tell(`the agent of ${id} ended: ${error}`);
      this.#end(life, false);
    });
  }

  #answer(life: Life, program: string): boolean {
    if (life.alive && life.ends?.during === question) this.#end(life, this.#options.random.chance(0.6));
    return this.isHealthy(program);
  }

  #mortal(life: Life, isNewName: boolean): "lives" | "dies before" | "dies after" {
    const { ends } = life;
    const counts = ends !== undefined && (ends.during === undefined || ends.during === life.updater?.state().name);
    if (!counts || (ends.afterNewName === true && !isNewName) || ends.changes-- > 0) return "lives";
    this.#end(life, this.#options.random.chance(0.6));
    return ends.afterNewName !== true && this.#options.random.chance(0.5) ? "dies before" : "dies after";
  }

  #end(life: Life, byPower: boolean): void {
    const { world, random, id } = this.#options;
    life.alive = false;
    unmount(life.name);
    if (byPower) world.faults.strike(`the power of ${id} failed`);
    else world.tell(`the agent of ${id} was killed`);
    const loss = losses[random.below(losses.length)] ?? "all";
    const torn = random.chance(0.5);
    world.clock.wakeAt(world.clock.now() + 1 + random.below(downMsMax), () => {
      if (byPower) this.disk.cutPower(loss, torn);
      this.#start();
    });
  }
}
