import type { ApplicationCommand } from "@sluice/core/application/commands.ts";
import type { AppState } from "@sluice/core/application/state.ts";
import { isRejection } from "@sluice/core/errors/rejection.ts";
import type { SealedEvent } from "@sluice/core/log/event.ts";
import type { RulesCommand } from "@sluice/core/rules/rules.ts";
import { ControlPlane } from "@sluice/server/control-plane/control-plane.ts";
import { ServedFeeds } from "@sluice/server/control-plane/served-feeds.ts";
import { Controller } from "@sluice/server/controller/controller.ts";
import { createMemoryDatabase, type MemoryDatabase } from "@sluice/server/log/memory/database.ts";
import { openMemory } from "@sluice/server/log/memory/open.ts";
import type { StoredAttempt } from "@sluice/server/telemetry/memory/attempts.ts";
import type { ReportCounts } from "@sluice/server/telemetry/reports.ts";
import { quiet, VirtualClock } from "../clock/virtual-clock.ts";
import { Random } from "../fleet/random.ts";
import { type Admission, notingAdmissions } from "./admissions.ts";
import { calm, Faults, type Weather } from "./faults.ts";
import { faultyEvents, faultyReports } from "./faulty-stores.ts";
import { MemoryPublisher, type PublishedFeeds } from "./memory-publisher.ts";
import { Monitor } from "./monitor.ts";
import { NodeClock } from "./node-clock.ts";
import { SimulatedTargets } from "./simulated-targets.ts";

/** One server: the production control plane, with a controller that believes that it leads. */
interface Node {
  readonly plane: ControlPlane;
  readonly feeds: ServedFeeds;
  readonly controller: Controller;
  alive: boolean;
}

/** Where histories begin: a Monday in a leap year, in ms since the epoch. */
const start = 1_709_510_400_000;

interface WorldOptions {
  readonly weather: Weather;
  /** How many servers share the disk. Each believes that it leads. */
  readonly servers: number;
  readonly seed: number;
}

/** Servers of production code on a virtual clock, with their disk in memory. */
export class World {
  readonly app: string;
  readonly clock = new VirtualClock(start);
  readonly faults: Faults;
  readonly published: PublishedFeeds = { texts: new Map(), ever: new Set() };
  /** Events that a server said it had on disk. */
  readonly acknowledged: SealedEvent[] = [];
  /** Every client that a server let in, as the store saw it. */
  readonly admissions: Admission[] = [];
  readonly targets = new SimulatedTargets(this.clock, () => this.faults);
  readonly monitor: Monitor;
  readonly #database: MemoryDatabase = createMemoryDatabase(this.clock);
  readonly #nodes: (Node | undefined)[];
  readonly #random: Random;
  #told: (line: string) => void = () => {};

  /** By default one server, and nothing goes wrong by itself. */
  constructor(app: string, { weather, servers, seed }: WorldOptions = { weather: calm, servers: 1, seed: 1 }) {
    this.app = app;
    this.#random = new Random(seed, 2);
    this.faults = new Faults(weather, new Random(seed, 3), this.clock);
    this.monitor = new Monitor(this.clock, this.faults);
    this.#nodes = Array.from({ length: servers }, () => undefined);
  }

  /** Tells everything that happens, a line each. */
  tellTo(told: (line: string) => void): void {
    this.#told = told;
  }

  tell(what: string): void {
    this.#told(`${new Date(this.clock.now()).toISOString()} ${what}`);
  }

  /** Since the history began, in ms. */
  elapsedMs(): number {
    return this.clock.now() - start;
  }

  /** Any of the servers. */
  get node(): Node {
    const node = this.#nodes[this.#random.below(this.#nodes.length)];
    if (node === undefined) throw new Error("the server is not running");
    return node;
  }

  /** Starts the servers on what their disk holds. */
  async boot(): Promise<void> {
    for (const index of this.#nodes.keys()) await this.#start(index);
  }

  /** Kills one of the servers in the midst of whatever it does, and starts it again on the same disk. */
  async crash(): Promise<void> {
    const index = this.#random.below(this.#nodes.length);
    const node = this.#nodes[index];
    if (node !== undefined) node.alive = false;
    this.faults.count++;
    this.tell(`server ${index} was killed`);
    await this.#start(index);
  }

  async #start(index: number): Promise<void> {
    const life = { alive: true };
    const isAlive = () => life.alive;
    const stores = openMemory(this.#database);
    const plane = await ControlPlane.open({
      clock: new NodeClock(this.clock, isAlive, () => this.faults.clockErrorMs),
      events: faultyEvents(stores.events, this.faults, isAlive),
      reports: faultyReports(notingAdmissions(stores.reports, this.#database, this.admissions), this.faults, isAlive),
      failed: () => undefined,
    });
    const publisher = new MemoryPublisher(this.published, this.faults, isAlive);
    const controller = new Controller({
      plane,
      publisher,
      measure: this.monitor.measure,
      openTarget: this.targets.openFor(isAlive),
      failed: () => undefined,
    });
    const feeds = new ServedFeeds(plane);
    controller.start();
    this.#nodes[index] = Object.assign(life, { plane, feeds, controller });
    await quiet();
  }

  /** Gives a command as a person; its answer comes when it comes. */
  give(command: ApplicationCommand, actor = "person"): void {
    const { node } = this;
    this.tell(`${actor} gives ${JSON.stringify(command)}`);
    void node.plane.execute(this.app, command, actor).then(
      (outcome) => {
        if (isRejection(outcome)) this.tell(`${actor} is refused: ${outcome.code}`);
        else if (node.alive) this.acknowledged.push(...outcome.events);
      },
      () => this.tell(`${actor} gets no answer to ${command.type}`),
    );
  }

  /** Gives a command as a person and waits for the answer. @returns whether it was taken; a full disk is a "no" as well. */
  command(command: ApplicationCommand, actor = "person"): Promise<boolean> {
    return this.#taken(this.node.plane.execute(this.app, command, actor));
  }

  /** Changes, as an admin, what holds in every application. @returns whether it was taken */
  rule(command: RulesCommand): Promise<boolean> {
    return this.#taken(this.node.plane.executeRules(command, "admin"));
  }

  async #taken(answer: Promise<object>): Promise<boolean> {
    try {
      const outcome = await answer;
      await quiet();
      return !isRejection(outcome);
    } catch {
      return false;
    }
  }

  /** A log as it stands on the disk: the application's, unless another is named. */
  log(stream = this.app): readonly SealedEvent[] {
    return this.#database.logs.get(stream) ?? [];
  }

  /** What the report tables on the disk count. */
  reported(): ReportCounts[] {
    return [...this.#database.counts.values()];
  }

  /** Every attempt on the disk with its offers. */
  attempts(): StoredAttempt[] {
    return [...this.#database.attempts.values()];
  }

  state(): AppState | undefined {
    return this.node.plane.state(this.app);
  }

  /** Every server that runs. */
  servers(): Node[] {
    return this.#nodes.filter((node) => node !== undefined);
  }

  /** The states of all servers. */
  states(): AppState[] {
    return this.#nodes.flatMap((node) => node?.plane.state(this.app) ?? []);
  }
}
