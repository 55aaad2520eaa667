import type { ApplicationCommand } from "@sluice/core/application/commands.ts";
import type { AppState } from "@sluice/core/application/state.ts";
import { Unsettled } from "@sluice/core/application/unsettled.ts";
import { OperationalError } from "@sluice/core/errors/operational-error.ts";
import { isRejection } from "@sluice/core/errors/rejection.ts";
import type { SealedEvent } from "@sluice/core/log/event.ts";
import type { RulesCommand } from "@sluice/core/rules/rules.ts";
import type { Clock } from "@sluice/server/clock/clock.ts";
import { createMemoryDatabase, type MemoryDatabase } from "@sluice/server/log/memory/database.ts";
import { openMemory } from "@sluice/server/log/memory/open.ts";
import { controllerLease } from "@sluice/server/log/store.ts";
import type { StoredAttempt } from "@sluice/server/telemetry/memory/stored-attempt.ts";
import type { ReportCounts, ReportStore } from "@sluice/server/telemetry/reports.ts";
import type { Api } from "../api/api.ts";
import { openApi } from "../api/app.ts";
import { DriftingClock } from "../clock/drifting-clock.ts";
import { quiet, VirtualClock } from "../clock/virtual-clock.ts";
import { Random } from "../fleet/random.ts";
import { type Admission, notingAdmissions } from "./admissions.ts";
import { calm, Faults, type Weather } from "./faults.ts";
import { leaseFactor } from "./leading.ts";
import type { PublishedFeeds } from "./memory-publisher.ts";
import { Monitor } from "./monitor.ts";
import { endInTime, type Node, startNode } from "./node.ts";
import { Recipients } from "./recipients.ts";
import { Repository } from "./repository.ts";
import { SimulatedTargets } from "./simulated-targets.ts";
import { SlowClock } from "./slow-clock.ts";

/** Where histories begin: a Monday in a leap year, in ms since the epoch. */
const start = 1_709_510_400_000;

interface WorldOptions {
  readonly weather: Weather;
  /** How many servers share the disk. */
  readonly servers: number;
  /** Whether they ask for a lease to lead; otherwise each believes that it does. */
  readonly leases: boolean;
  /** Whether they ask the repository and the services outside what stages want to know of them. */
  readonly asksOutside: boolean;
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
  /** The commands that were taken, with what each was told to have brought about. */
  readonly taken: {
    readonly command: ApplicationCommand;
    readonly actor: string;
    readonly events: readonly SealedEvent[];
    /** The last event in the log when it was given. */
    readonly seq: number;
  }[] = [];
  /** What people have commanded, whatever became of it. */
  readonly given: { readonly command: ApplicationCommand; readonly actor: string }[] = [];
  /** Every client that a server let in, as the store saw it. */
  readonly admissions: Admission[] = [];
  /** What servers and agents failed of that no fault explains: mistakes in their code. */
  readonly mistakes: string[] = [];
  /** What was decided last in decisions that did not end. */
  readonly unsettled: Unsettled["facts"][] = [];
  readonly targets: SimulatedTargets;
  readonly monitor: Monitor;
  readonly recipients: Recipients;
  /** The routes, where people use them. */
  api: Api | undefined;
  readonly repository: Repository;
  /** How often a server was started, or came to lead. */
  starts = 0;
  readonly #leases: boolean;
  readonly #asksOutside: boolean;
  readonly #database: MemoryDatabase = createMemoryDatabase(new SlowClock(this.clock, leaseFactor));
  readonly #nodes: (Node | undefined)[];
  readonly #random: Random;
  readonly #reads: Random;
  /** The clock of each server, which goes on while the server is dead. */
  readonly #clocks: readonly Clock[];
  #told: (line: string) => void = () => {};
  /** When each event of the log was appended, by the right clock, in ms since the epoch. */
  readonly appendedAt: number[] = [];

  /** By default one server, and nothing goes wrong by itself. */
  constructor(
    app: string,
    { weather, servers, leases, asksOutside, seed }: WorldOptions = {
      weather: calm,
      servers: 1,
      leases: false,
      asksOutside: false,
      seed: 1,
    },
  ) {
    this.app = app;
    this.#leases = leases;
    this.#asksOutside = asksOutside;
    this.#random = new Random(seed, 2);
    this.faults = new Faults(weather, new Random(seed, 3), this.clock, (line) => this.tell(line));
    this.monitor = new Monitor(this.clock, this.faults, new Random(seed, 30));
    const { clock, faults: faultsNow, monitor } = this;
    this.repository = new Repository({ clock, faults: faultsNow, monitor, random: new Random(seed, 22) });
    const faults = () => this.faults;
    this.targets = new SimulatedTargets({ clock, faults, random: new Random(seed, 60) });
    this.recipients = new Recipients({
      clock,
      faults,
      random: new Random(seed, 62),
      isTold: (seq) => Number(this.log().findLast(({ type }) => type === "PeopleTold")?.data.about ?? 0) >= seq,
    });
    this.#reads = new Random(seed, 63);
    this.#nodes = Array.from({ length: servers }, () => undefined);
    const drifts = new Random(seed, 6);
    this.#clocks = Array.from({ length: servers }, () => this.drifting(drifts));
  }

  /** A clock that was right when the history began, and drifts as much as the weather lets it. */
  drifting(random: Random): Clock {
    const rate = (2 * random.fraction() - 1) * this.faults.weather.clockDrift;
    return new DriftingClock(this.clock, { rate, since: start });
  }

  /** Tells everything that happens, a line each. */
  tellTo(told: (line: string) => void): void {
    this.#told = told;
  }

  tell(what: string): void {
    this.#told(`${new Date(this.clock.now()).toISOString()} ${what}`);
  }

  /** Hears of a failure: what a fault explains is expected. */
  readonly failed = (_: string, error: unknown): void => {
    if (error instanceof Unsettled) this.unsettled.push(error.facts);
    if (error instanceof OperationalError) return;
    this.mistakes.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  };

  /** Since the history began, in ms. */
  elapsedMs(): number {
    return this.clock.now() - start;
  }

  /** Any of the servers that answer. */
  get node(): Node {
    const answering = this.#nodes.filter((one) => one !== undefined && one.stalledUntil <= this.clock.now());
    const nodes = answering.length === 0 ? this.#nodes : answering;
    const node = nodes[this.#random.below(nodes.length)];
    if (node === undefined) throw new Error("the server is not running");
    return node;
  }

  /** Starts the servers on what their disk holds. */
  async boot(): Promise<void> {
    if (this.api !== undefined) await openApi();
    openMemory(this.#database).events.subscribe((app, seq) => this.#tellOf(app, seq));
    for (const index of this.#nodes.keys()) await this.#start(index);
  }

  /** Tells of what was appended to the log. */
  #tellOf(app: string, upTo: number): void {
    if (app !== this.app) return;
    for (const { seq, at, actor, type, data } of this.log().slice(this.appendedAt.length, upTo)) {
      this.appendedAt.push(this.clock.now());
      this.tell(`the log has ${seq}, at ${at} by ${actor}: ${type} ${JSON.stringify(data)}`);
    }
  }

  /** Kills one of the servers in the midst of whatever it does, and starts it again on the same disk. */
  async crash(): Promise<void> {
    const index = this.#random.below(this.#nodes.length);
    const node = this.#nodes[index];
    if (node !== undefined) node.alive = false;
    this.faults.strike(`server ${index} was killed`);
    await this.#start(index);
  }

  /** Ends one of the servers as its operator would, which takes its time, and starts it again. */
  async restart(index: number): Promise<void> {
    const node = this.#nodes[index];
    if (node === undefined) return;
    this.faults.strike(`server ${index} is ended, to be started again`);
    if (!(await endInTime(node, this.clock, this.faults))) this.mistakes.push(`server ${index} did not end in time`);
    const lease = this.#database.leases.get(controllerLease);
    if (lease?.holder === `server-${index}` && lease.expiresAt > this.#database.clock.now())
      this.mistakes.push(`server ${index} has ended, and leads still`);
    node.alive = false;
    await this.#start(index);
  }

  async #start(index: number): Promise<void> {
    this.starts++;
    const stores = openMemory(this.#database);
    this.#nodes[index] = await startNode({
      app: this.app,
      clock: this.#clocks[index] ?? this.clock,
      trueClock: this.clock,
      faults: this.faults,
      stores: { ...stores, reports: this.#noting(stores.reports) },
      reads: this.#reads,
      published: this.published,
      ask: this.#asksOutside ? this.repository.ask : undefined,
      measure: this.monitor.measure,
      openTargetFor: this.targets.openFor,
      postFor: (isAlive) => this.recipients.postFor(this.starts, isAlive),
      holder: this.#leases ? `server-${index}` : undefined,
      leads: () => {
        this.starts++;
      },
      failed: this.failed,
    });
    await quiet();
  }

  #noting(reports: ReportStore): ReportStore {
    const serversNow = () => Math.max(...this.servers().map(({ plane }) => plane.now(this.app)));
    return notingAdmissions(reports, this.#database, {
      noted: this.admissions,
      now: () => this.clock.now(),
      serversNow,
    });
  }

  /** Lets one of the servers stand still, for so long, in ms. */
  stall(ms: number): void {
    const index = this.#random.below(this.#nodes.length);
    const node = this.#nodes[index];
    if (node !== undefined) node.stalledUntil = Math.max(node.stalledUntil, this.clock.now() + ms);
    this.faults.strike(`server ${index} stands still for ${ms} ms`);
  }

  /** Gives a command as a person; its answer comes when it comes. */
  give(command: ApplicationCommand, actor = "person"): void {
    if (this.api?.take(command, actor) === true) return;
    const { node } = this;
    this.given.push({ command, actor });
    this.tell(`${actor} gives ${JSON.stringify(command)}`);
    const seq = this.log().length;
    void node.plane.execute(this.app, command, actor).then(
      (outcome) => {
        if (isRejection(outcome)) this.tell(`${actor} is refused: ${outcome.code}`);
        else if (node.alive) {
          this.acknowledged.push(...outcome.events);
          this.taken.push({ command, actor, events: outcome.events, seq });
        }
      },
      (error: unknown) => {
        this.failed(this.app, error);
        this.tell(`${actor} gets no answer to ${command.type}`);
      },
    );
  }

  /** Gives a command as a person and waits for the answer. @returns whether it was taken; a full disk is a "no" as well. */
  command(command: ApplicationCommand, actor = "person"): Promise<boolean> {
    return this.#taken(this.node.plane.execute(this.app, command, actor));
  }

  /** Changes, as an admin, what holds in every application. @returns whether it was taken */
  rule(command: RulesCommand): Promise<boolean> {
    this.tell(`admin gives ${JSON.stringify(command)}`);
    return this.#taken(this.node.plane.executeRules(command, "admin"));
  }

  async #taken(answer: Promise<object>): Promise<boolean> {
    try {
      const outcome = await answer;
      await quiet();
      return !isRejection(outcome);
    } catch (error) {
      this.failed(this.app, error);
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
