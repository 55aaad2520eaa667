import {
  type AccessCommand,
  type AccessState,
  accessStream,
  type Token,
  usableToken,
} from "@sluice/core/access/tokens.ts";
import type { Measurements } from "@sluice/core/analysis/measurement.ts";
import { isOpen } from "@sluice/core/application/admission.ts";
import { attemptKey, latestAttempts } from "@sluice/core/application/attempts.ts";
import type { ApplicationCommand } from "@sluice/core/application/commands.ts";
import { type AppState, stageOf } from "@sluice/core/application/state.ts";
import { nearestNames } from "@sluice/core/errors/nearest.ts";
import { OperationalError } from "@sluice/core/errors/operational-error.ts";
import { isRejection, type Rejection, reject } from "@sluice/core/errors/rejection.ts";
import type { Head } from "@sluice/core/log/chain.ts";
import type { SealedEvent } from "@sluice/core/log/event.ts";
import type { Member } from "@sluice/core/rollout/groups.ts";
import { countedGroups } from "@sluice/core/rollout/waves/wave-of.ts";
import { factsToAdopt } from "@sluice/core/rules/adopt.ts";
import type { Rules, RulesCommand } from "@sluice/core/rules/rules.ts";
import type { ServerCommand, ServerState } from "@sluice/core/rules/server-log.ts";
import type { Clock } from "../clock/clock.ts";
import type { EventStore } from "../log/store.ts";
import type { Report, ReportStore } from "../telemetry/reports.ts";
import { applicationDecider, serverDecider } from "./deciders.ts";
import { ExposureBook } from "./exposure-book.ts";
import { Measuring } from "./measuring.ts";
import { type Outcome, Stream } from "./stream.ts";

type ApplicationStream = Stream<AppState, ApplicationCommand>;

/** A client that asks for the release of a rollout that pays with evidence. */
interface AdmissionAsk {
  readonly app: string;
  readonly channel: string;
  readonly promotion: string;
  readonly clientId: string;
  readonly groups: readonly string[];
  /** Nobody new: what it says of itself may be made up. */
  readonly stranger: boolean;
}

/** How soon a log is read again that could not be read, in ms. */
const rereadMs = 5_000;

/** Told after events are on disk and folded in, in the order of the log. */
type ChangeListener = (app: string, events: readonly SealedEvent[]) => void;
type ReportListener = (app: string) => void;

interface ControlPlaneOptions {
  readonly clock: Clock;
  readonly events: EventStore;
  readonly reports: ReportStore;
  /** Told when what another node appended could not be read; it is tried again. */
  readonly failed: (app: string, error: unknown) => void;
}

/**
 * Every application's state in memory, and the one way to change it: a command, decided by the core, stored in the log.
 * Knows no HTTP and no timers; the controller and the routes stand on it.
 */
export class ControlPlane {
  readonly clock: Clock;
  readonly events: EventStore;
  readonly reports: ReportStore;
  /** What all applications have exposed; whoever leads writes it. */
  readonly exposures: ExposureBook;
  readonly #applications = new Map<string, ApplicationStream>();
  readonly #server: Stream<ServerState, ServerCommand>;
  readonly #changeListeners = new Set<ChangeListener>();
  readonly #reportListeners = new Set<ReportListener>();
  readonly #failed: (app: string, error: unknown) => void;
  readonly #measuring: Measuring;
  #unsubscribe: (() => Promise<void>) | undefined;
  /** By application: ends the wait for another try to read its log. */
  readonly #rereads = new Map<string, () => void>();

  private constructor(options: ControlPlaneOptions) {
    this.clock = options.clock;
    this.events = options.events;
    this.reports = options.reports;
    this.exposures = new ExposureBook(options.reports);
    this.#measuring = new Measuring(options.reports);
    this.#failed = options.failed;
    this.#server = new Stream(accessStream, serverDecider, this.#streamOptions(accessStream));
  }

  /** Loads every log, checking its chain, and follows what other nodes append. */
  static async open(options: ControlPlaneOptions): Promise<ControlPlane> {
    const plane = new ControlPlane(options);
    plane.#unsubscribe = await options.events.subscribe((app, seq) => plane.#grown(app, seq));
    await plane.#server.catchUp();
    for (const { app } of await options.events.heads()) if (app !== accessStream) await plane.#stream(app).catchUp();
    return plane;
  }

  async close(): Promise<void> {
    await this.#unsubscribe?.();
    for (const cancel of this.#rereads.values()) cancel();
  }

  /** Names of the applications, sorted. */
  apps(): string[] {
    return [...this.#applications.values()]
      .filter((stream) => stream.head.seq > 0)
      .map((stream) => stream.name)
      .sort();
  }

  state(app: string): AppState | undefined {
    const stream = this.#applications.get(app);
    return stream === undefined || stream.head.seq === 0 ? undefined : stream.state;
  }

  head(app: string): Head | undefined {
    return app === accessStream ? this.#server.head : this.#applications.get(app)?.head;
  }

  /** The state of an application, or a rejection that names the nearest. */
  find(app: string): AppState | Rejection {
    return (
      this.state(app) ??
      reject("APP_NOT_FOUND", `There is no application "${app}" here.`, nearestNames(app, this.apps()))
    );
  }

  /** The time for decisions about an application: the clock's, but never before what its log already says. */
  now(app: string): number {
    return this.#applications.get(app)?.now() ?? this.clock.now();
  }

  /** Decides a command. Only applying a pipeline makes an application; anything else needs one that exists. */
  async execute(app: string, command: ApplicationCommand, actor: string): Promise<Outcome<AppState> | Rejection> {
    if (command.type !== "ApplyPipeline") {
      const found = this.find(app);
      if ("rejected" in found) return found;
    }
    return this.#stream(app).execute(command, actor);
  }

  access(): AccessState {
    return this.#server.state.access;
  }

  async executeAccess(command: AccessCommand, actor: string): Promise<Outcome<AccessState> | Rejection> {
    const outcome = await this.#server.execute(command, actor);
    return isRejection(outcome) ? outcome : { ...outcome, state: outcome.state.access };
  }

  /** What holds in every application. */
  rules(): Rules {
    return this.#server.state.rules;
  }

  executeRules(command: RulesCommand, actor: string): Promise<Outcome<ServerState> | Rejection> {
    return this.#server.execute(command, actor);
  }

  /** The applications whose logs do not have all the rules yet. */
  behindRules(): string[] {
    return this.apps().filter((app) => {
      const state = this.state(app);
      return state !== undefined && factsToAdopt(state, this.rules()).length > 0;
    });
  }

  /** The token of a secret's SHA-256, if it may be used now. */
  token(sha256: string): Token | undefined {
    return usableToken(this.access(), sha256, this.clock.now());
  }

  /**
   * Takes a client's report: durably, before this resolves. Refused when the version was never exposed on that channel.
   * @param member what the client says of itself
   */
  async report(report: Report, member?: Member): Promise<Rejection | undefined> {
    const state = this.find(report.app);
    if ("rejected" in state) return state;
    const stage = state.pipeline?.pipeline.stages.find((candidate) => candidate.name === report.channel);
    if (stage === undefined)
      return reject(
        "STAGE_NOT_FOUND",
        `Application "${report.app}" has no channel "${report.channel}".`,
        nearestNames(report.channel, state.stages.keys()),
      );
    if (!stageOf(state, report.channel).offered.has(report.version))
      return reject(
        "VERSION_NEVER_OFFERED",
        `${report.version} was never offered on channel "${report.channel}" of ${report.app}.`,
      );
    // That it was told to go back is believed only where it was.
    const told = stageOf(state, report.channel).away.has(report.version) || isWithdrawn(state, report.version);
    const attempt = latestAttempts(state).get(attemptKey(report.channel, report.version));
    const rules = stage.rollout.evidence;
    const { waves, admission } = (attempt && state.promotions.get(attempt.promotion)) ?? {};
    await this.reports.record([
      {
        ...report,
        receivedAt: Math.max(report.receivedAt, this.now(report.app)),
        ...(told ? {} : { ordered: false }),
        ...(attempt === undefined ? {} : { promotion: attempt.promotion }),
        ...(admission === "share" ? { byShare: true } : {}),
        ...(rules === undefined || member === undefined ? {} : { groups: countedGroups(member, rules.groups, waves) }),
      },
    ]);
    for (const listener of this.#reportListeners) listener(report.app);
    return undefined;
  }

  /** What clients have reported of every release, as of now. */
  async measure(app: string): Promise<Measurements> {
    const state = this.state(app);
    if (state === undefined) return [];
    const now = this.now(app);
    return this.exposures.complete(state, await this.#measuring.measure(state, now), this.apps(), now);
  }

  /** When passing time next changes what is measured, ms since the epoch; undefined when only a report can. */
  nextMeasurement(app: string): number | undefined {
    const state = this.state(app);
    return state === undefined ? undefined : this.#measuring.nextChange(state);
  }

  /**
   * Whether a client that asks may have the release of a rollout that pays with evidence. When this resolves with true, that it was let in is
   * on disk; the same client asking again gets the same answer.
   */
  async admit(ask: AdmissionAsk): Promise<boolean> {
    const { app, channel, promotion, clientId, groups, stranger } = ask;
    const state = this.state(app);
    // By the time of the log, as offers are counted: by a clock that was set back they would be overdue when they are made.
    const at = this.now(app);
    const closed = state === undefined || !isOpen(state, channel, promotion, at);
    const admitted = await this.reports.admit({ app, promotion, clientId, groups, at, closed, stranger });
    if (admitted) for (const listener of this.#reportListeners) listener(app);
    return admitted;
  }

  onChange(listener: ChangeListener): () => void {
    this.#changeListeners.add(listener);
    return () => this.#changeListeners.delete(listener);
  }

  onReport(listener: ReportListener): () => void {
    this.#reportListeners.add(listener);
    return () => this.#reportListeners.delete(listener);
  }

  #stream(app: string): ApplicationStream {
    let stream = this.#applications.get(app);
    if (stream === undefined) {
      stream = new Stream(
        app,
        applicationDecider(app, () => this.rules()),
        this.#streamOptions(app),
      );
      this.#applications.set(app, stream);
    }
    return stream;
  }

  #streamOptions(app: string) {
    return {
      store: this.events,
      clock: this.clock,
      changed: (events: readonly SealedEvent[]) => {
        for (const listener of this.#changeListeners) listener(app, events);
      },
    };
  }

  /** The store says that a log has grown; what this node appended itself is folded in already. */
  #grown(app: string, seq: number): void {
    const stream = app === accessStream ? this.#server : this.#stream(app);
    if (seq <= stream.head.seq) return;
    // A read that was under way when it grew may have missed it; the next one has not.
    const caughtUp = stream.catchUp().then(() => (seq <= stream.head.seq ? undefined : stream.catchUp()));
    void caughtUp.catch((error: unknown) => {
      this.#failed(app, error);
      if (error instanceof OperationalError && error.retryable) this.#readAgain(app, seq);
    });
  }

  /** Nobody may tell of this growth a second time, and whoever leads would wait for the next. */
  #readAgain(app: string, seq: number): void {
    this.#rereads.get(app)?.();
    const again = () => {
      this.#rereads.delete(app);
      this.#grown(app, seq);
    };
    this.#rereads.set(app, this.clock.wakeAt(this.clock.now() + rereadMs, again));
  }
}

function isWithdrawn(state: AppState, version: string): boolean {
  return state.releases.get(version)?.withdrawn !== undefined;
}
