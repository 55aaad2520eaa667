import type { UpdaterState } from "@sluice/updater/events.ts";
import { quiet, VirtualClock } from "../clock/virtual-clock.ts";
import { MachineDisk } from "../disk/machine-disk.ts";
import type { Fate } from "../disk/process-disk.ts";
import { losses } from "../disk/tree.ts";
import type { Random } from "../fleet/random.ts";
import { Agent } from "./agent.ts";
import type { Life, Settings } from "./life.ts";
import { drawRelease, works } from "./release.ts";
import { LifeServer } from "./server.ts";
import { type LifeViolation, Watch } from "./watch.ts";

interface ClientLifeOptions {
  readonly random: Random;
  /** Whether the agent is killed and its machine loses power, whether its disk is full or fails, and whether connections are cut. */
  readonly dies: boolean;
  readonly fills: boolean;
  readonly cuts: boolean;
  readonly tell: (line: string) => void;
  /** Is told of every fault that takes effect. */
  readonly strike: (fault: string) => void;
}

const minute = 60_000;
const hour = 60 * minute;
/** When it begins, ms since the epoch. */
const start = 1_709_510_400_000;

/**
 * The life of one machine that the production updater looks after, on a disk that forgets what was not synced, with a server that
 * publishes good and bad releases and takes them back. What lies on the disk is looked at between any two changes of it.
 * @returns what is violated, if anything
 */
export function runClientLife(options: ClientLifeOptions): Promise<LifeViolation | undefined> {
  return new Story(options).run();
}

class Story {
  readonly #options: ClientLifeOptions;
  readonly #life: Life;
  readonly #watch: Watch;
  #agent: Agent | undefined;
  #ends: End | undefined;
  #lostPower = false;
  /** Whether the faults have ended. */
  #rests = false;
  /** After so many changes so many fail; or just the next one after so many new names. */
  #failing: { after: number; times: number; readonly afterNewName: boolean } | undefined;
  readonly #asks = new Map<string, number>();

  constructor(options: ClientLifeOptions) {
    this.#options = options;
    const { random, cuts, strike } = options;
    const clock = new VirtualClock(start);
    const disk = new MachineDisk(() => clock.now());
    const way = {
      cut: cuts ? random.fraction() * 0.15 : 0,
      lies: cuts && random.chance(0.5) ? random.fraction() * 0.4 : 0,
    };
    this.#life = {
      settings: drawSettings(random),
      clock,
      disk,
      server: new LifeServer(random, clock, way, strike),
      well: new Set(),
    };
    this.#watch = new Watch(this.#life, random);
  }

  async run(): Promise<LifeViolation | undefined> {
    const { random } = this.#options;
    for (let steps = 2 + random.below(5); steps > 0; steps--) {
      this.#publish();
      this.#disturb();
      if (this.#agent?.isAlive !== true) this.#begin();
      await this.#pass((1 + random.below(4)) * hour);
      if (this.#watch.violation !== undefined) return this.#end();
    }
    return this.#rest();
  }

  #publish(): void {
    const { random, tell } = this.#options;
    const { server } = this.#life;
    if (server.releases.length === 0 || random.chance(0.7)) {
      const release = drawRelease(random, server.releases.length);
      server.releases.push(release);
      tell(`${release.version} is released, which is ${release.kind}`);
    }
    const away = server.releases.at(-1 - random.below(2));
    if (away !== undefined && random.chance(0.25)) {
      server.away.add(away.version);
      tell(`${away.version} is taken back`);
    }
  }

  #disturb(): void {
    const { random, dies, fills } = this.#options;
    const { disk } = this.#life;
    disk.full = fills && random.chance(0.1);
    if (disk.full) this.#options.strike("the disk of the client is full");
    const afterNewName = random.chance(0.6);
    const after = random.below(afterNewName ? 20 : 150);
    if (fills && random.chance(0.4))
      this.#failing = { after, times: afterNewName ? 1 : 1 + random.below(3), afterNewName };
    if (dies && random.chance(0.1)) this.#agent?.stop();
  }

  #begin(): void {
    const { random, dies } = this.#options;
    const { disk } = this.#life;
    if (this.#lostPower) disk.cutPower(losses[random.below(losses.length)] ?? "all", random.chance(0.5));
    this.#lostPower = false;
    if (dies && !this.#rests && random.chance(0.75)) this.#ends ??= drawEnd(random);
    this.#watch.begins();
    this.#agent = new Agent({
      life: this.#life,
      random,
      fate: (isNewName) => this.#fate(isNewName),
      isHealthy: (program) => this.#isHealthy(program.split("\n")[0] ?? ""),
    });
  }

  #isHealthy(version: string): boolean {
    const release = this.#life.server.of(version);
    if (release === undefined || !works(release)) return false;
    const asks = (this.#asks.get(version) ?? 0) + 1;
    this.#asks.set(version, asks);
    if (release.kind === "slow" && asks % 4 !== 0) return false;
    this.#life.well.add(version);
    return true;
  }

  #fate(isNewName: boolean): Fate {
    this.#watch.changes();
    if (this.#isFailing(isNewName)) return "fails";
    const ends = this.#ends;
    const counts = ends?.during === undefined || ends.during === this.#agent?.updater?.state().name;
    if (ends === undefined || !counts || (ends.afterNewName && !isNewName) || ends.changes-- > 0) return "lives";
    this.#ends = undefined;
    this.#options.strike(ends.byPower ? "the power of the client fails" : "the updater of the client is killed");
    this.#lostPower = ends.byPower;
    this.#agent?.kill();
    return !ends.afterNewName && this.#options.random.chance(0.5) ? "dies before" : "dies after";
  }

  #isFailing(isNewName: boolean): boolean {
    const failing = this.#failing;
    if (failing === undefined) return false;
    const isDue = failing.after < 0 || (!failing.afterNewName && failing.after === 0);
    if (!isDue) {
      if (isNewName || !failing.afterNewName) failing.after--;
      return false;
    }
    if (failing.times-- <= 1) this.#failing = undefined;
    this.#options.strike("the disk of the client fails");
    return true;
  }

  async #pass(ms: number): Promise<void> {
    const { clock } = this.#life;
    const until = clock.now() + ms;
    // Who has ended is started again, as a service is.
    for (let now = clock.now(); now < until; now = clock.now()) {
      await clock.moveTo(Math.min(until, now + hour));
      await quiet();
      if (this.#agent?.isAlive !== true && !this.#life.disk.full) this.#begin();
    }
    this.#watch.looks();
  }

  async #rest(): Promise<LifeViolation | undefined> {
    const { settings, server, disk } = this.#life;
    this.#rests = true;
    this.#ends = undefined;
    this.#failing = undefined;
    disk.full = false;
    server.way = { cut: 0, lies: 0 };
    server.releases.push(drawRelease(this.#options.random, server.releases.length, "good"));
    if (this.#agent?.isAlive !== true) this.#begin();
    await this.#pass(2 * settings.pollMs + hour);
    this.#watch.rests();
    return this.#end();
  }

  #end(): LifeViolation | undefined {
    this.#agent?.kill();
    return this.#watch.violation;
  }
}

/** After so many changes of the disk an agent ends: all of them, or those while its updater does one thing. */
interface End {
  changes: number;
  readonly during: UpdaterState["name"] | undefined;
  /** Only what gives something a new name counts, and it ends just after that, when the name is not synced yet. */
  readonly afterNewName: boolean;
  readonly byPower: boolean;
}

/** What an updater does to its disk beside waiting, where few changes decide a great deal. */
const critical = ["installing", "preparing", "switching", "confirming", "finishing", "rolling-back"] as const;

function drawEnd(random: Random): End {
  const during = random.chance(0.6) ? critical[random.below(critical.length)] : undefined;
  const afterNewName = random.chance(0.4);
  const most = during === undefined ? 150 : random.chance(0.7) ? 6 : 30;
  const changes = random.below(afterNewName ? Math.max(6, most / 5) : most);
  return { changes, during, afterNewName, byPower: random.chance(0.5) };
}

function drawSettings(random: Random): Settings {
  return {
    pollMs: (1 + random.below(3)) * hour,
    filesOnly: random.chance(0.3),
    takesBack: random.chance(0.85),
    keepVersions: 2 + random.below(2),
    inspects: random.chance(0.3),
  };
}
