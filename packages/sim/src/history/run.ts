import { createHash } from "node:crypto";
import { sha256Hex } from "@sluice/core/log/digest.ts";
import type { Manifest } from "@sluice/core/release/manifest.ts";
import { checkers } from "../checkers/all.ts";
import { quiet } from "../clock/virtual-clock.ts";
import { Random } from "../fleet/random.ts";
import { runServerFiles } from "../server-files/run.ts";
import type { TargetFault } from "../world/faults.ts";
import { type SimulatedClient, SimulatedFleet } from "../world/fleet.ts";
import { Machines } from "../world/machines.ts";
import { World } from "../world/world.ts";
import { drawShape, type Limits, type Shape } from "./draw.ts";
import { approvals, drawEpisode, type Planned } from "./episode.ts";
import { publisher } from "./people.ts";
import { drawDeed, drawMeeting, drawRule } from "./person.ts";
import { readPipeline } from "./pipeline/read.ts";
import { comeToRest } from "./rest.ts";

/** Something that must never be, and was. */
export interface Violation {
  readonly guards: string;
  readonly what: string;
  readonly day: number;
}

/** How one simulated history went. */
export interface History {
  readonly seed: number;
  readonly days: number;
  readonly faults: number;
  readonly events: number;
  /** SHA-256 of everything that was told: the same seed gives the same on every machine. */
  readonly digest: string;
  readonly violation?: Violation;
}

export interface HistoryOptions {
  readonly limits?: Limits;
  /** Told everything that anybody saw, a line each. */
  readonly trace?: (line: string) => void;
}

const hour = 3_600_000;
const monitorFaults = ["stopped", "empty", "still", "late"] as const;
/** How many servers that die write their files in a history: that is soon done, and each shows something else. */
const fileHistories = 6;
const noLimits: Limits = { without: [] };

/**
 * Runs the history of a seed: days of releases, people and faults through the production code, checked after every step; then the
 * faults end, and everything has to come to rest.
 */
export async function runHistory(seed: number, { limits = noLimits, trace }: HistoryOptions = {}): Promise<History> {
  const shape = drawShape(new Random(seed), limits);
  const world = new World("simulated", { weather: shape.weather, servers: shape.servers, leases: shape.leases, seed });
  const story = new Story(seed, shape, world);
  const told = createHash("sha256");
  world.tellTo((line) => {
    told.update(`${line}\n`);
    trace?.(line);
  });
  const violation = await story.run();
  const log = world.log();
  const digest = told.update(log.at(-1)?.hash ?? "").digest("hex");
  const days = world.elapsedMs() / (24 * hour);
  const outcome = { seed, days, faults: world.faults.count, events: log.length, digest };
  return violation === undefined ? outcome : { ...outcome, violation };
}

/** One history in the making. */
class Story {
  readonly #seed: number;
  readonly #shape: Shape;
  readonly #world: World;
  readonly #random: Random;
  readonly #rates = new Map<string, number>();
  /** How likely versions fail on the machines, where that is another rate. */
  readonly #onMachines = new Map<string, number>();
  /** What people are going to do, and when. */
  #planned: (Planned & { readonly at: number })[] = [];
  /** Drawn apart: what people plan leaves the draws of everything else as they are. */
  readonly #plans: Random;
  /** Until when targets, or publications, stay broken. */
  #targetsUntil = 0;
  #publishingUntil = 0;
  /** Versions that fail in one region alone, which no monitor sees. */
  readonly #regional = new Map<string, string>();
  readonly #fleet: SimulatedFleet;
  readonly #machines: Machines;
  readonly #running = checkers.map(({ guards, create }) => ({ guards, check: create() }));

  constructor(seed: number, shape: Shape, world: World) {
    this.#seed = seed;
    this.#shape = shape;
    this.#world = world;
    this.#random = new Random(seed, 1);
    this.#plans = new Random(seed, 8);
    world.monitor.isBad = (version) => !this.#regional.has(version) && (this.#rates.get(version) ?? 0) > 0;
    this.#fleet = new SimulatedFleet({
      world,
      random: new Random(seed, 4),
      clients: drawClients(shape),
      pollMs: shape.pollMs,
      failureRate: (version, region) =>
        (this.#regional.get(version) ?? region) === region ? (this.#rates.get(version) ?? 0) : 0,
    });
    this.#machines = new Machines({
      world,
      fleet: this.#fleet,
      seed,
      count: shape.agents,
      channels: readPipeline(shape.source).stages.map(({ name }) => name),
      pollMs: shape.pollMs,
      failureRate: (version) => this.#onMachines.get(version) ?? this.#rates.get(version) ?? 0,
      versions: () => this.#rates.keys(),
    });
  }

  async run(): Promise<Violation | undefined> {
    const { days, publishEveryMs, badReleases, source, unhealthyOnMachines } = this.#shape;
    const world = this.#world;
    await world.boot();
    world.give({ type: "ApplyPipeline", pipeline: readPipeline(source), source }, publisher);
    let nextPublish = world.clock.now() + hour;
    for (let step = 0; step < days * 24; step++) {
      if (world.clock.now() >= nextPublish) {
        const rate = this.#random.chance(badReleases) ? 0.2 + 0.8 * this.#random.fraction() : 0;
        const version = `1.${this.#rates.size}.0`;
        this.#onMachines.set(version, Math.max(rate, unhealthyOnMachines));
        if (rate > 0 && this.#random.chance(0.5)) this.#regional.set(version, "eu");
        this.publish(version, rate);
        nextPublish += Math.ceil(publishEveryMs * (0.1 + 1.8 * this.#random.fraction()));
      }
      await this.#disturb();
      const violation = await this.pass(hour);
      if (violation !== undefined) return violation;
    }
    const outcome = await comeToRest(this, this.#shape, world, this.#fleet, this.#machines);
    this.#machines.end();
    return outcome ?? this.#keepFiles();
  }

  /** What a server writes beside the log, on a disk of its own that forgets what was not synced. */
  async #keepFiles(): Promise<Violation | undefined> {
    const world = this.#world;
    const { crash, diskFull } = this.#shape.weather;
    for (let time = 0; time < (crash > 0 ? fileHistories : 1); time++) {
      const { faults, violation } = await runServerFiles({
        random: new Random(this.#seed, time === 0 ? 7 : 1_000 + time),
        dies: crash > 0,
        fills: diskFull > 0,
        tell: (line) => world.tell(line),
      });
      world.faults.count += faults;
      const guards = "what a server published or took in is there after its power failed, whole";
      if (violation !== undefined) return { guards, what: violation, day: world.elapsedMs() / (24 * hour) };
    }
    return undefined;
  }

  /** Publishes a release that fails on such a share of its clients. */
  publish(version: string, failureRate: number): void {
    this.#rates.set(version, failureRate);
    this.#world.give({ type: "PublishRelease", manifest: manifestOf(version) }, publisher);
  }

  /** Lets time pass, then looks whether everything still holds. */
  async pass(ms: number): Promise<Violation | undefined> {
    const world = this.#world;
    await world.clock.moveTo(world.clock.now() + ms);
    await quiet();
    for (const { guards, check } of this.#running) {
      const what = check(world, this.#fleet, this.#machines);
      if (what !== undefined) return { guards, what, day: world.elapsedMs() / (24 * hour) };
    }
    return undefined;
  }

  /** What is broken now, in words. */
  *#broken(): Iterable<string> {
    const { diskFull, publishing, target, monitor } = this.#world.faults;
    if (diskFull) yield "the disk of the servers is full";
    if (publishing) yield "nothing can be published";
    if (target !== "none") yield `targets are at fault: ${target}`;
    if (monitor !== "none") yield `the monitor is at fault: ${monitor}`;
    for (const { id, disk } of this.#machines.all) if (disk.full) yield `the disk of ${id} is full`;
  }

  /** Targets and publications fail for an hour, or for longer. */
  #breakEffects(): void {
    const { faults, clock } = this.#world;
    const { publishingFails, targetsFail } = this.#shape.weather;
    const lasts = () => clock.now() + (this.#random.chance(0.7) ? 1 : 1 + this.#random.below(12)) * hour;
    if (clock.now() >= this.#publishingUntil) {
      faults.publishing = this.#random.chance(publishingFails);
      if (faults.publishing) this.#publishingUntil = lasts();
    }
    if (clock.now() >= this.#targetsUntil) {
      faults.target = this.#random.chance(targetsFail) ? drawTargetFault(this.#random) : "none";
      if (faults.target !== "none") this.#targetsUntil = lasts();
    }
  }

  /** People do what they have planned, and plan something. */
  #goOnWithPlans(): void {
    const world = this.#world;
    const now = world.clock.now();
    const state = world.state();
    if (state !== undefined && this.#plans.chance(this.#shape.weather.person / 2))
      for (const planned of drawEpisode(state, this.#plans))
        this.#planned.push({ ...planned, at: now + planned.afterMs });
    if (state !== undefined && this.#shape.weather.person > 0)
      for (const actor of this.#shape.eager)
        for (const planned of approvals(state, actor, 0)) this.#planned.push({ ...planned, at: now });
    const due = this.#planned.filter(({ at }) => at <= now);
    this.#planned = this.#planned.filter(({ at }) => at > now);
    for (const planned of due)
      if ("rule" in planned) void world.rule(planned.rule);
      else world.give(planned.command, planned.actor);
  }

  async #disturb(): Promise<void> {
    const world = this.#world;
    const { faults } = world;
    const { weather } = this.#shape;
    faults.diskFull = this.#random.chance(weather.diskFull);
    this.#breakEffects();
    faults.monitor = this.#random.chance(weather.monitorFails)
      ? (monitorFaults[this.#random.below(monitorFaults.length)] ?? "none")
      : "none";
    for (const machine of this.#machines.all) {
      if (this.#random.chance(weather.agentDies)) machine.kill();
      machine.disk.full = this.#random.chance(weather.agentDiskFull);
    }
    for (const line of this.#broken()) world.tell(`for an hour ${line}`);
    if (this.#random.chance(weather.clockJump)) {
      faults.clockErrorMs = this.#random.below(2 * weather.clockErrorMs + 1) - weather.clockErrorMs;
      faults.count++;
      world.tell(`the clocks of servers are wrong by ${faults.clockErrorMs} ms`);
      for (const machine of this.#machines.all) {
        machine.clockErrorMs = this.#random.below(2 * weather.clockErrorMs + 1) - weather.clockErrorMs;
        world.tell(`the clock of ${machine.id} is wrong by ${machine.clockErrorMs} ms`);
      }
    }
    this.#goOnWithPlans();
    if (this.#random.chance(weather.person)) {
      const deed = drawDeed(world, this.#random);
      if (deed !== undefined) world.give(deed.command, deed.actor);
    }
    if (this.#random.chance(weather.person / 3))
      for (const { command, actor } of drawMeeting(world, this.#random)) world.give(command, actor);
    if (this.#random.chance(weather.person / 10)) {
      const rule = drawRule(world, this.#random);
      if (rule !== undefined) void world.rule(rule);
    }
    if (this.#random.chance(weather.stall)) {
      world.stall(this.#random.below(6 * hour));
      // People go on with whichever server answers.
      const deed = this.#random.chance(0.3) ? drawDeed(world, this.#random) : undefined;
      if (deed !== undefined) world.give(deed.command, deed.actor);
    }
    // Not on the hour, but in the midst of whatever is under way then.
    const worst = weather.crash > 0 && faults.publishing ? 0.2 : weather.crash;
    if (this.#random.chance(worst)) {
      await world.clock.moveTo(world.clock.now() + this.#random.below(hour / 2));
      await world.crash();
    }
  }
}

export type { Story };

function drawTargetFault(random: Random): TargetFault {
  const faults = ["refuses", "loses-answers", "loses-answers", "goes-on", "goes-on", "broken", "broken"] as const;
  return faults[random.below(faults.length)] ?? "refuses";
}

function drawClients(shape: Shape): SimulatedClient[] {
  return readPipeline(shape.source).stages.flatMap(({ name }) =>
    Array.from({ length: shape.clientsPerStage }, (_, i) => ({
      id: `${name}-${i}`,
      channel: name,
      region: i % 3 === 0 ? "eu" : "us",
      version: undefined,
      refused: new Set<string>(),
    })),
  );
}

function manifestOf(version: string): Manifest {
  return {
    app: "simulated",
    version,
    components: [{ name: "program", kind: "file", sha256: sha256Hex(version), size: version.length, executable: true }],
  };
}
