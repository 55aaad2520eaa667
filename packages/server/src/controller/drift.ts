import { stagesOf } from "@sluice/core/application/context.ts";
import { type AppState, type StageState, stageOf } from "@sluice/core/application/state.ts";
import type { Stage } from "@sluice/core/pipeline/schema.ts";
import { isMet } from "@sluice/core/targets/demand.ts";
import { type OutsideTarget, outsideTargets } from "@sluice/core/targets/outside.ts";
import type { Millis } from "@sluice/core/time/instant.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { TargetFailure } from "../targets/failure.ts";
import type { OpenTarget } from "../targets/open.ts";
import { orderOf } from "./orders.ts";
import { Slots } from "./slots.ts";

/** How often targets are looked at where the pipeline does not say, in ms. */
const usualMs = 900_000;
/** How soon a target that seems to differ is looked at again, before anybody is told, in ms. */
const againMs = 30_000;
/** So many looks in a row count: what differs only while something restarts is no drift; what cannot be read is worth a third. */
const looksThatCount = { differs: 2, unknown: 3 };
/** Targets that are looked at at one time. */
const atOnce = 4;

/** What a look at a target said. */
interface Looked {
  readonly stage: string;
  readonly target: string;
  /** `unknown`: it could not be looked at. `moving`: it is not yet what is asked. `unseen`: it cannot say what is live. */
  readonly state: "agrees" | "differs" | "unknown" | "moving" | "unseen";
  readonly text: string;
}

interface Watched {
  cancel: () => void;
  readonly doubts: number;
  /** What those looks said, and of which demand. */
  readonly doubt: string;
}

interface DriftOptions {
  readonly plane: ControlPlane;
  readonly openTarget: OpenTarget;
  readonly failed: (app: string, error: unknown) => void;
}

/** Looks at targets on a schedule, and records where something else is live than what they brought about. Changes nothing outside. */
export class Drift {
  readonly #options: DriftOptions;
  readonly #slots = new Slots(atOnce);
  /** By target: when it is looked at next, and how many looks in a row said the same that is not well. */
  readonly #watched = new Map<string, Watched>();
  readonly #running = new Set<Promise<void>>();
  #stopping: AbortController | undefined;

  constructor(options: DriftOptions) {
    this.#options = options;
  }

  start(): void {
    this.#stopping = new AbortController();
  }

  async stop(): Promise<void> {
    this.#stopping?.abort();
    this.#stopping = undefined;
    for (const { cancel } of this.#watched.values()) cancel();
    this.#watched.clear();
    await Promise.all(this.#running);
  }

  /** Sees to it that every target of an application that is at rest will be looked at. Waits for nothing. */
  look(app: string): void {
    const state = this.#options.plane.state(app);
    if (this.#stopping === undefined || state === undefined) return;
    for (const { spec, stage, target } of resting(state)) {
      const key = `${app} ${stage.name} ${target.name} ${target.config}`;
      if (!this.#watched.has(key) && this.#canSay(target)) this.#lookAt(app, key, target, intervalOf(spec), 0, "");
    }
  }

  /** Looks at all targets of an application, or of one stage, now, and records what it finds. */
  async check(app: string, only: string | undefined, signal: AbortSignal): Promise<Looked[]> {
    const state = this.#options.plane.state(app);
    if (state === undefined) return [];
    const specs = stagesOf(state).filter(({ name }) => only === undefined || name === only);
    const targets = specs.flatMap((spec) => outsideTargets(spec).map((target) => ({ stage: spec.name, target })));
    return Promise.all(
      targets.map(async ({ stage, target }) => {
        const looked = await this.#ask(state, stageOf(state, stage), target, signal);
        if (looked.state === "agrees" || looked.state === "differs") await this.#record(state, looked, target);
        return looked;
      }),
    );
  }

  #canSay(target: OutsideTarget): boolean {
    return this.#options.openTarget(target.spec).verify !== undefined;
  }

  #lookAt(app: string, key: string, target: OutsideTarget, afterMs: Millis, doubts: number, doubt: string): void {
    const { clock } = this.#options.plane;
    const watched = { cancel: () => {}, doubts, doubt };
    watched.cancel = clock.wakeAt(clock.now() + afterMs, () => {
      const running = this.#visit(app, key, target, watched)
        .catch((error: unknown) => {
          // Whoever looks next begins anew.
          if (this.#watched.get(key) === watched) this.#watched.delete(key);
          this.#options.failed(app, error);
        })
        .finally(() => this.#running.delete(running));
      this.#running.add(running);
    });
    this.#watched.set(key, watched);
  }

  /** It counts as watched while it is looked at: else every turn meanwhile would begin anew, and no look would ever count. */
  async #visit(app: string, key: string, target: OutsideTarget, watched: Watched): Promise<void> {
    const state = this.#options.plane.state(app);
    const stopping = this.#stopping;
    const here = state === undefined ? undefined : resting(state).find((each) => keyOf(app, each) === key);
    // What is not at rest, or not there any more, is watched again when it is.
    if (state === undefined || stopping === undefined || here === undefined) {
      this.#watched.delete(key);
      return;
    }
    const every = intervalOf(here.spec);
    const looked = await this.#ask(state, here.stage, target, stopping.signal);
    if (stopping.signal.aborted) return;
    if (looked.state === "agrees" || looked.state === "moving") {
      await this.#record(state, looked, target);
      if (!stopping.signal.aborted) this.#lookAt(app, key, target, every, 0, "");
      return;
    }
    // What was seen before the target was moved says nothing of what it has now.
    const doubt = `${looked.state} ${here.stage.demand?.asked}`;
    const doubts = watched.doubt === doubt ? watched.doubts + 1 : 1;
    const enough = looked.state === "differs" ? looksThatCount.differs : looksThatCount.unknown;
    if (doubts >= enough) await this.#record(state, looked, target);
    const next = doubts >= enough ? every : Math.min(every, againMs);
    if (!stopping.signal.aborted) this.#lookAt(app, key, target, next, doubts, doubt);
  }

  async #ask(state: AppState, stage: StageState, target: OutsideTarget, signal: AbortSignal): Promise<Looked> {
    const about = { stage: stage.name, target: target.name };
    const { demand } = stage;
    if (demand === undefined || !isMet(stage, target)) return { ...about, state: "moving", text: "it is being moved" };
    const free = await this.#slots.take();
    try {
      const opened = this.#options.openTarget(target.spec);
      if (opened.verify === undefined) return { ...about, state: "unseen", text: "it cannot say what is live" };
      const { agrees, text } = await opened.verify(orderOf(state, stage, target, demand), signal);
      return { ...about, state: agrees ? "agrees" : "differs", text };
    } catch (error) {
      if (!(error instanceof TargetFailure)) throw error;
      return { ...about, state: "unknown", text: `it cannot be looked at: ${error.message}` };
    } finally {
      free();
    }
  }

  async #record(state: AppState, { stage, target, state: is, text }: Looked, { config }: OutsideTarget): Promise<void> {
    const asked = stageOf(state, stage).demand?.asked;
    const drift = stageOf(state, stage).targets.get(target)?.drift;
    // What was so before needs no decision.
    if (asked === undefined || is === "moving" || (is === "agrees") === (drift === undefined)) return;
    const found = { stage, target, asked, config, agrees: is === "agrees", text: text.slice(0, 2_000) };
    await this.#options.plane.execute(state.app, { type: "RecordDrift", found }, "sluice");
  }
}

interface Resting {
  readonly spec: Stage;
  readonly stage: StageState;
  readonly target: OutsideTarget;
}

/** The targets that are looked at: they have what is asked for, and the pipeline does not say never. */
function resting(state: AppState): Resting[] {
  return stagesOf(state).flatMap((spec) => {
    const stage = stageOf(state, spec.name);
    if (spec.drift === false || stage.demand === undefined) return [];
    return outsideTargets(spec)
      .filter((target) => isMet(stage, target))
      .map((target) => ({ spec, stage, target }));
  });
}

function keyOf(app: string, { stage, target }: Resting): string {
  return `${app} ${stage.name} ${target.name} ${target.config}`;
}

function intervalOf({ drift }: Stage): Millis {
  return typeof drift === "number" ? drift : usualMs;
}
