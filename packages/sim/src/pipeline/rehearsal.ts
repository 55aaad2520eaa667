import type { Measurements } from "@sluice/core/analysis/measurement.ts";
import type { ApplicationCommand } from "@sluice/core/application/commands.ts";
import { decide } from "@sluice/core/application/decide.ts";
import { everybodyAskedOnceMs } from "@sluice/core/application/everybody-asked.ts";
import { type Grant, grantsOf } from "@sluice/core/application/grants.ts";
import { nextDue } from "@sluice/core/application/next-due.ts";
import { type AppState, initialState, type Promotion, stageOf } from "@sluice/core/application/state.ts";
import { isRejection } from "@sluice/core/errors/rejection.ts";
import { sha256Hex } from "@sluice/core/log/digest.ts";
import type { Pipeline } from "@sluice/core/pipeline/schema.ts";
import { fullExposure } from "@sluice/core/rollout/bucket.ts";

/** What runs everywhere before the rehearsal, and what is rehearsed. */
const before = "1.0.0";
export const rehearsed = "2.0.0";

/** Where rehearsals begin: a Monday at midnight, UTC. */
const start = 1_709_510_400_000;

/** One release on its way through a pipeline: the production decisions, without a server. Feeds are served the moment they are asked for. */
export class Rehearsal {
  #state: AppState;
  #now = start;
  #measurements: Measurements = [];
  #grants: readonly Grant[] = [];
  readonly #pipeline: Pipeline;

  /** @throws Error when the pipeline cannot be applied. */
  constructor(pipeline: Pipeline) {
    this.#pipeline = pipeline;
    this.#state = initialState(pipeline.app);
    const plain = pipeline.stages.map((stage) => ({
      ...stage,
      gates: [],
      analysis: [],
      rollout: { steps: [{ to: 10_000, hold: 0 }] },
      "stop-test": false,
    }));
    this.#give({ type: "ApplyPipeline", pipeline: { ...pipeline, stages: plain }, source: "before" });
    this.#give({ type: "PublishRelease", manifest: manifestOf(pipeline.app, before) });
    this.advance(0, []);
    this.#give({ type: "ApplyPipeline", pipeline, source: "rehearsed" });
    this.#give({ type: "PublishRelease", manifest: manifestOf(pipeline.app, rehearsed) });
  }

  /** Lets whatever is due happen. @param elapsedMs since the release was published */
  advance(elapsedMs: number, measurements: Measurements): void {
    this.#now = start + elapsedMs;
    this.#measurements = measurements;
    for (;;) {
      const before = this.#state;
      this.#give({ type: "Advance", measurements });
      if (this.#state === before) break;
    }
    this.#grants = grantsOf(this.#state, measurements, this.#now);
  }

  /** When it begins, ms since the epoch. */
  get startedAt(): number {
    return start;
  }

  /** When time alone changes something next, in ms since the release was published; undefined when it does not. */
  nextDueMs(): number | undefined {
    const due = nextDue(this.#state, this.#measurements, this.#now);
    return due === undefined ? undefined : due - start;
  }

  /** The release's latest way into a stage; undefined while there is none. */
  promotion(stage: string): Promotion | undefined {
    return this.#state.promotions.findLast((promotion) => promotion.stage === stage && promotion.version === rehearsed);
  }

  /** How long it takes until every client has read what a feed names, in ms. */
  get askMs(): number {
    return everybodyAskedOnceMs(this.#state);
  }

  /** How much of a stage is offered the release, in basis points. Waves are taken to be equal in size, and mixed as the stage is. */
  share(stage: string): number {
    if (stageOf(this.#state, stage).live?.version === rehearsed) return fullExposure;
    const promotion = this.promotion(stage);
    const rolling = promotion?.status === "active" || promotion?.status === "paused";
    if (!rolling) return 0;
    const { waves = [], exposure } = promotion;
    return (((exposure.wave ?? 1) - 1) * fullExposure + exposure.basisPoints) / Math.max(1, waves.length);
  }

  /** How many of a stage's clients may be let in by now; undefined where no ration holds them. */
  grant(stage: string): Grant | undefined {
    const id = this.promotion(stage)?.id;
    return this.#grants.find(({ promotion }) => promotion === id);
  }

  /** Whether a stage's clients go back to what they had. */
  isTakenBack(stage: string): boolean {
    return this.promotion(stage)?.status === "rolled-back";
  }

  /** What there is to count, as a text that changes with it: the ways into the stages, and the groups that were halted. */
  get underCount(): string {
    return JSON.stringify(
      this.#promotions.map(({ id, status, haltedGroups = [] }) => [id, status, haltedGroups.length]),
    );
  }

  /** Whether the release was found to be bad in any stage: it was rolled back, or is paused for that. */
  get caught(): boolean {
    return this.#promotions.some(
      (promotion) =>
        promotion.status === "rolled-back" || (promotion.status === "paused" && promotion.paused.cause !== "undecided"),
    );
  }

  /** Whether nobody could tell, and a person has to. */
  get held(): boolean {
    return this.#promotions.some(({ status }) => status === "paused");
  }

  /** Whether it is still on its way into a stage. */
  get underWay(): boolean {
    return this.#promotions.some(({ status }) => status === "waiting" || status === "active");
  }

  get #promotions(): readonly Promotion[] {
    return this.#pipeline.stages.flatMap(({ name }) => this.promotion(name) ?? []);
  }

  #give(command: ApplicationCommand): void {
    const meta = { now: this.#now, actor: "rehearsal" };
    const decision = decide(this.#state, command, meta);
    if (isRejection(decision)) throw new Error(decision.message);
    if (decision.facts.length === 0) return;
    this.#state = decision.state;
    const { changedSeq, publishedSeq } = this.#state.feeds;
    if (changedSeq > publishedSeq) this.#give({ type: "RecordPublication", upTo: changedSeq, feeds: {} });
  }
}

function manifestOf(app: string, version: string) {
  const component = { name: "program", kind: "file", sha256: sha256Hex(version), size: 1, executable: true } as const;
  return { app, version, components: [component] };
}
