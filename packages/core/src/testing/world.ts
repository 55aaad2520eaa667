import { type DueMeasurement, nextMeasurements } from "../analysis/due.ts";
import type { Finding } from "../analysis/finding.ts";
import { type ClientCounts, countsOf, type Measurements, type Newcomers } from "../analysis/measurement.ts";
import type { ApplicationCommand, CommandMeta } from "../application/commands.ts";
import { type Decision, decide } from "../application/decide.ts";
import type { ApplicationFact } from "../application/events.ts";
import { nextDue } from "../application/next-due.ts";
import { type AppState, initialState } from "../application/state.ts";
import { isRejection } from "../errors/rejection.ts";
import { emptyHead, seal } from "../log/chain.ts";
import type { SealedEvent } from "../log/event.ts";
import type { Pipeline } from "../pipeline/schema.ts";
import { initialRules, type Rules } from "../rules/rules.ts";
import { fromRfc3339, type Millis } from "../time/instant.ts";

/** When every test begins. */
export const start: Millis = fromRfc3339("2024-03-15T10:00:00.000Z");

/** A fact with the moment at which it happened. */
type Happened = ApplicationFact & { readonly at: Millis };

/** What a command did in a world. */
export interface Taken {
  readonly command: ApplicationCommand;
  readonly meta: CommandMeta;
  readonly before: AppState;
  readonly decision: Decision;
}

/** One application with a clock of its own, clients that have reported, and a controller that does what the log asks for. */
export class World {
  state: AppState = initialState("myapp");
  now: Millis = start;
  readonly happened: Happened[] = [];
  readonly log: SealedEvent[] = [];
  /** What holds in every application. */
  rules: Rules = initialRules;
  /** Sees every command with what it led to. */
  onTaken: (taken: Taken) => void = () => {};
  /** What measuring comes to; everything passes unless a test says otherwise. */
  monitor: (due: DueMeasurement) => Finding = () => ({ verdict: "pass", reason: "fine", evidence: { value: 1 } });
  readonly #taken = new Map<string, { readonly at: Millis; readonly verdict: Finding["verdict"] }>();
  readonly #counts = new Map<string, ClientCounts>();

  constructor(pipeline?: Pipeline) {
    if (pipeline !== undefined) this.must({ type: "ApplyPipeline", pipeline, source: "" });
  }

  /** Gives a command; what it decides has happened. */
  take(command: ApplicationCommand, actor = "alice"): Decision {
    const before = this.state;
    const decision = decide(before, command, { now: this.now, actor, rules: this.rules });
    if (!isRejection(decision)) {
      const { seq, hash } = this.log.at(-1) ?? emptyHead;
      this.log.push(...seal("myapp", { seq, hash }, decision.facts, { at: this.now, actor }));
      this.happened.push(...decision.facts.map((fact) => ({ ...fact, at: this.now })));
      this.state = decision.state;
    }
    this.onTaken({ command, meta: { now: this.now, actor, rules: this.rules }, before, decision });
    return decision;
  }

  /** The token of a person is revoked, and the application learns of it. */
  revoke(name: string): void {
    this.rules = { ...this.rules, revoked: this.rules.revoked.set(name, { by: "admin" }) };
    this.must({ type: "AdoptRules" }, "admin");
  }

  /** Gives a command that may not be refused. */
  must(command: ApplicationCommand, actor?: string): readonly ApplicationFact[] {
    const decision = this.take(command, actor);
    if (isRejection(decision)) throw new Error(`${command.type} was refused: ${decision.code}: ${decision.message}`);
    return decision.facts;
  }

  /** Clients of a stage report: from now on every measurement counts them. */
  report(counts: {
    readonly stage: string;
    readonly version: string;
    readonly healthy?: number;
    readonly failed?: number;
  }): void {
    const { stage, version, healthy = 0, failed = 0 } = counts;
    const key = `${stage} ${version}`;
    const known = this.#counts.get(key);
    const sum = { healthy: (known?.healthy ?? 0) + healthy, failed: (known?.failed ?? 0) + failed };
    this.#counts.set(key, { stage, version, reached: sum.healthy + sum.failed, ...sum });
  }

  /** Clients have taken the release before on since another began; from now on every measurement counts them. */
  reportNewcomers(stage: string, version: string, newcomers: Newcomers): void {
    this.#counts.set(`${stage} ${version}`, { ...countsOf(this.measurements, stage, version), newcomers });
  }

  /** What the clients have reported so far. */
  get measurements(): Measurements {
    return [...this.#counts.values()];
  }

  advance(): readonly ApplicationFact[] {
    return this.must({ type: "Advance", measurements: this.measurements }, "sluice");
  }

  /** The feeds that follow from the log so far are published. */
  publishFeeds(): readonly ApplicationFact[] {
    const { changedSeq } = this.state.feeds;
    return this.must({ type: "RecordPublication", upTo: changedSeq, feeds: {} }, "sluice");
  }

  /** Publishes and advances until nothing more happens at this moment. */
  catchUp(): void {
    while (this.publishFeeds().length + this.advance().length + this.measure() > 0);
  }

  /** Takes the measurements that are due. @returns how many */
  measure(): number {
    const due = this.#nextMeasurements().filter(({ at }) => at <= this.now);
    for (const each of due) {
      const { promotion, analysis } = each;
      const finding = this.monitor(each);
      this.#taken.set(`${promotion} ${analysis.name}`, { at: this.now, verdict: finding.verdict });
      const command = { promotion, analysis: analysis.name, at: this.now, finding, alike: 0 };
      this.must({ type: "TakeMeasurement", ...command }, "sluice");
    }
    return due.length;
  }

  #nextMeasurements(): DueMeasurement[] {
    return nextMeasurements(this.state, (promotion, analysis) => this.#taken.get(`${promotion} ${analysis}`));
  }

  /** Time passes, and whatever becomes due on the way is done at its moment. */
  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      this.catchUp();
      const due = nextDue(this.state, this.measurements, this.now);
      const next = Math.min(due ?? Number.POSITIVE_INFINITY, ...this.#nextMeasurements().map(({ at }) => at));
      if (next > end) break;
      this.now = Math.max(this.now, next);
    }
    this.now = end;
    this.catchUp();
  }
}
