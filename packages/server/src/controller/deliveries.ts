import type { ApplicationCommand } from "@sluice/core/application/commands.ts";
import { stagesOf } from "@sluice/core/application/context.ts";
import { type AppState, type StageState, stageOf } from "@sluice/core/application/state.ts";
import { OperationalError } from "@sluice/core/errors/operational-error.ts";
import { canBegin, failureOf, unmetTargets } from "@sluice/core/targets/demand.ts";
import type { OutsideTarget } from "@sluice/core/targets/outside.ts";
import type { FindProgress, Progress } from "@sluice/core/targets/progress.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { carryOut } from "../targets/carry-out.ts";
import { TargetDeferral } from "../targets/deferral.ts";
import { TargetFailure } from "../targets/failure.ts";
import type { OpenTarget } from "../targets/open.ts";
import { orderOf } from "./orders.ts";
import { Plans } from "./plans.ts";
import { Slots } from "./slots.ts";

/** Who the log names for what happens by itself. */
const actor = "sluice";

/** How long to wait before a target that failed is tried again: doubled each time up to the longest. */
const firstRetryMs = 1_000;
const longestRetryMs = 60_000;
/** How often a target is tried that nobody believes in any more, while nothing else is asked of its stage. */
const hopelessRetryMs = 600_000;
/** Longest time that a target may ask to be left alone. */
const longestPauseMs = 3_600_000;
/** Effects that are under way at one time, in all applications together. */
const atOnce = 8;

/** What is done for one stage. */
interface Delivery {
  /** The demand that is worked on, or was last. */
  asked: number;
  /** Ends the effect that is under way. */
  abort: AbortController | undefined;
  /** By target: how often it failed at this demand, and when it is to be tried again. */
  readonly failures: Map<string, { count: number; retryAt: number }>;
  cancelTimer: (() => void) | undefined;
}

interface DeliveriesOptions {
  readonly plane: ControlPlane;
  readonly openTarget: OpenTarget;
  /** Told of what no target should do: an error that is no TargetFailure, a result that could not be recorded. */
  readonly failed: (app: string, error: unknown) => void;
}

/**
 * Brings the targets of every stage to what the log asks for, and records each as it is done. A stage's targets are moved one
 * after another in the order of the pipeline, and on the way back in reverse; stages do not wait for one another. A crash
 * between an effect and its record repeats the effect, which is idempotent.
 */
export class Deliveries {
  readonly #options: DeliveriesOptions;
  readonly #deliveries = new Map<string, Delivery>();
  readonly #running = new Set<Promise<void>>();
  /** How far each target that is being moved has got: by application, stage and name. */
  readonly #progress = new Map<string, Progress>();
  readonly #slots = new Slots(atOnce);
  readonly #plans: Plans;
  #stopped = true;

  constructor(options: DeliveriesOptions) {
    this.#options = options;
    this.#plans = new Plans({ ...options, slots: this.#slots });
  }

  start(): void {
    this.#stopped = false;
  }

  /** Ends every effect that is under way, and begins no other. Resolves when nothing of them is left running. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const { abort, cancelTimer } of this.#deliveries.values()) {
      cancelTimer?.();
      abort?.abort();
    }
    await Promise.all([...this.#running, this.#plans.stop()]);
    this.#deliveries.clear();
  }

  /** Begins what an application's log asks for and is not done, and ends what it no longer asks for. Waits for nothing. */
  look(app: string): void {
    const state = this.#options.plane.state(app);
    if (this.#stopped || state === undefined) return;
    for (const { name } of stagesOf(state)) this.#lookAt(state, stageOf(state, name));
    this.#plans.look(state);
  }

  /** How far the targets of an application are that are being moved, as they say themselves. */
  progress(app: string): FindProgress {
    return (stage, target) => this.#progress.get(progressKey(app, stage, target));
  }

  #lookAt(state: AppState, stage: StageState): void {
    const { demand } = stage;
    if (demand === undefined) return;
    const key = `${state.app} ${stage.name}`;
    const known = this.#deliveries.get(key);
    if (known?.abort !== undefined) {
      // The end of what is under way looks again.
      if (known.asked !== demand.asked) known.abort.abort();
      return;
    }
    known?.cancelTimer?.();
    const unmet = unmetTargets(state, stage);
    if (unmet.length === 0) {
      this.#deliveries.delete(key);
      return;
    }
    const delivery =
      known?.asked === demand.asked
        ? known
        : { asked: demand.asked, abort: undefined, failures: new Map(), cancelTimer: undefined };
    this.#deliveries.set(key, delivery);
    const next = this.#nextOf(state, stage, unmet, delivery);
    if (next !== undefined) this.#begin(state, stage, next, delivery);
  }

  /** The target whose turn it is; none where the next has to wait for its next try, for which a timer is then set. */
  #nextOf(
    state: AppState,
    stage: StageState,
    unmet: readonly OutsideTarget[],
    delivery: Delivery,
  ): OutsideTarget | undefined {
    const { clock } = this.#options.plane;
    const back = stage.demand?.leaving !== undefined;
    const retryAt = (target: OutsideTarget) => {
      const failure = delivery.failures.get(target.name);
      if (failure === undefined) return 0;
      return failure.retryAt;
    };
    // On the way there each waits for those before it; on the way back a target that fails keeps no other from going.
    const inTurn = back ? unmet.toReversed() : unmet.slice(0, 1);
    // What cannot begin yet is looked at again when the log goes on.
    const candidates = inTurn.filter((target) => canBegin(state, target));
    if (candidates.length === 0) return undefined;
    const next = candidates.find((target) => retryAt(target) <= clock.now());
    if (next === undefined)
      delivery.cancelTimer = clock.wakeAt(Math.min(...candidates.map(retryAt)), () => this.look(state.app));
    return next;
  }

  #begin(state: AppState, stage: StageState, target: OutsideTarget, delivery: Delivery): void {
    const abort = new AbortController();
    delivery.abort = abort;
    const running = this.#deliver(state, stage, target, delivery, abort.signal).finally(() => {
      delivery.abort = undefined;
      this.#running.delete(running);
      this.look(state.app);
    });
    this.#running.add(running);
  }

  async #deliver(
    state: AppState,
    stage: StageState,
    target: OutsideTarget,
    delivery: Delivery,
    signal: AbortSignal,
  ): Promise<void> {
    const { app } = state;
    const { demand } = stage;
    if (demand === undefined) return;
    const about = { stage: stage.name, target: target.name, asked: demand.asked, config: target.config };
    const progressOf = progressKey(app, stage.name, target.name);
    const free = await this.#slots.take();
    try {
      if (signal.aborted) return;
      const order = orderOf(state, stage, target, demand);
      const tell = (progress: Progress) => this.#progress.set(progressOf, progress);
      const evidence = await carryOut(this.#options.openTarget(target.spec), order, signal, tell);
      const { main, trial, leaving } = demand;
      await this.#record(app, {
        type: "RecordTarget",
        result: {
          ...about,
          main,
          ...(trial === undefined ? {} : { trial }),
          ...(leaving === undefined ? {} : { leaving }),
          evidence,
        },
      });
      delivery.failures.delete(target.name);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof TargetDeferral) await this.#defer(app, target, delivery, about, error);
      else await this.#fail(app, stage, target, delivery, about, error);
    } finally {
      this.#progress.delete(progressOf);
      free();
    }
  }

  /** It is looked at again, and nothing is held against it. */
  async #defer(
    app: string,
    target: OutsideTarget,
    delivery: Delivery,
    about: { stage: string; target: string; asked: number; config: string },
    { message: reason, againMs, evidence }: TargetDeferral,
  ): Promise<void> {
    delivery.failures.set(target.name, { count: 0, retryAt: this.#options.plane.clock.now() + againMs });
    const command = { type: "RecordTargetDeferral", deferral: { ...about, reason, evidence } } as const;
    await this.#record(app, command).catch((cause: unknown) => this.#options.failed(app, cause));
  }

  async #fail(
    app: string,
    stage: StageState,
    target: OutsideTarget,
    delivery: Delivery,
    about: { stage: string; target: string; asked: number; config: string },
    error: unknown,
  ): Promise<void> {
    const failure = error instanceof TargetFailure ? error : undefined;
    const unrecorded = error instanceof OperationalError;
    if (failure === undefined) this.#options.failed(app, error);
    const count = (delivery.failures.get(target.name)?.count ?? 0) + 1;
    const hopeless = failure?.retryable === false || failureOf(stage, target)?.retryable === false;
    const asked = Math.min(longestPauseMs, failure?.pauseMs ?? 0);
    const usual = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(count - 1, 20));
    const pause = Math.max(asked, hopeless ? hopelessRetryMs : usual);
    delivery.failures.set(target.name, { count, retryAt: this.#options.plane.clock.now() + pause });
    // What could not be stored is no failure of the target's: the effect is repeated, and finds itself done.
    if (unrecorded) return;
    const reason = failure?.message ?? "the server failed at it in a way that it should not; its log says more";
    const { retryable = true, evidence = {} } = failure ?? {};
    await this.#record(app, {
      type: "RecordTargetFailure",
      failure: { ...about, reason, retryable, evidence },
    }).catch((cause: unknown) => this.#options.failed(app, cause));
  }

  /** A result that cannot be stored now is as good as none: the effect is repeated. */
  async #record(app: string, command: ApplicationCommand): Promise<void> {
    await this.#options.plane.execute(app, command, actor);
  }
}

function progressKey(app: string, stage: string, target: string): string {
  return `${app} ${stage} ${target}`;
}
