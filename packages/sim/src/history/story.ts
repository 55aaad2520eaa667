import { checkers } from "../checkers/all.ts";
import { quiet } from "../clock/virtual-clock.ts";
import { Random } from "../fleet/random.ts";
import { SimulatedFleet } from "../world/fleet.ts";
import { Machines } from "../world/machines.ts";
import type { World } from "../world/world.ts";
import { Callers } from "./callers.ts";
import { liveOn } from "./client.ts";
import { drawClients } from "./clients.ts";
import { Colleagues } from "./colleagues.ts";
import { Doings } from "./doings.ts";
import type { Shape } from "./draw.ts";
import { keepFiles } from "./files.ts";
import { meddle, restart } from "./meddle.ts";
import { Mishaps } from "./mishaps.ts";
import { publisher } from "./people.ts";
import { readPipeline } from "./pipeline/read.ts";
import { Releases } from "./releases.ts";
import { comeToRest } from "./rest.ts";
import type { Violation } from "./violation.ts";

const hour = 3_600_000;

/** One history in the making: releases, people and mishaps, hour by hour, with everybody who looks on. */
export class Story {
  readonly #seed: number;
  readonly #shape: Shape;
  readonly #world: World;
  readonly #random: Random;
  readonly #releases: Releases;
  readonly #doings: Doings;
  readonly #colleagues: Colleagues;
  readonly #callers: Callers;
  readonly #mishaps: Mishaps;
  /** Draws what is done to targets and servers behind everybody's back. */
  readonly #operators: Random;
  readonly #fleet: SimulatedFleet;
  readonly #machines: Machines;
  readonly #running = checkers.map(({ guards, create }) => ({ guards, check: create() }));

  constructor(seed: number, shape: Shape, world: World) {
    this.#seed = seed;
    this.#shape = shape;
    this.#world = world;
    this.#random = new Random(seed, 1);
    const releases = new Releases(world, shape, new Random(seed, 41));
    const { pollMs, weather } = shape;
    this.#releases = releases;
    this.#fleet = new SimulatedFleet({
      world,
      random: new Random(seed, 4),
      clients: drawClients(shape, seed),
      pollMs,
      failureRate: (version, region) => releases.failureRate(version, region),
      isDark: (version) => releases.isDark(version),
    });
    this.#machines = new Machines({
      world,
      fleet: this.#fleet,
      seed,
      count: shape.agents,
      channels: readPipeline(shape.source).stages.map(({ name }) => name),
      pollMs,
      failureRate: (version) => releases.failureRateOnMachines(version),
      versions: () => releases.versions(),
    });
    this.#doings = new Doings(world, shape, {
      random: this.#random,
      plans: new Random(seed, 8),
      rolloutPlans: new Random(seed, 32),
    });
    this.#colleagues = new Colleagues(seed, world, shape);
    this.#callers = new Callers(world, seed, shape);
    this.#operators = new Random(seed, 61);
    this.#mishaps = new Mishaps(world, this.#machines, weather, this.#random);
  }

  /** Runs it to its end. @returns the first violation, with which it ends */
  async run(): Promise<Violation | undefined> {
    const { days, source } = this.#shape;
    const world = this.#world;
    await world.boot();
    world.give({ type: "ApplyPipeline", pipeline: readPipeline(source), source }, publisher);
    for (let step = 0; step < days * 24; step++) {
      await this.#begin();
      const violation = await this.pass(hour);
      if (violation !== undefined) return violation;
    }
    const outcome = await comeToRest(this, this.#shape, world, this.#fleet, this.#machines);
    this.#machines.end();
    return outcome ?? (await keepFiles(this.#seed, this.#shape, world)) ?? liveOn(this.#seed, this.#shape, world);
  }

  /** What an hour begins with. */
  async #begin(): Promise<void> {
    this.#releases.publishIfDue(this.#random);
    this.#mishaps.begin();
    meddle(this.#world, this.#operators);
    await restart(this.#world, this.#operators);
    this.#doings.begin();
    if (this.#shape.hasPeople) this.#colleagues.work();
    this.#callers.work();
    if (this.#mishaps.stall()) this.#doings.goOnElsewhere();
    await this.#mishaps.crash();
  }

  /** Publishes a release that fails on such a share of its clients. */
  publish(version: string, failureRate: number): void {
    this.#releases.publish(version, failureRate);
  }

  /** Lets time pass, in ms, then looks whether everything still holds. */
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
}
