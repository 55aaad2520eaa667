import type { AppState } from "@sluice/core/application/state.ts";
import { type ToPlan, toPlan } from "@sluice/core/targets/to-plan.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { TargetFailure } from "../targets/failure.ts";
import type { OpenTarget } from "../targets/open.ts";
import type { Plan } from "../targets/target.ts";
import type { Slots } from "./slots.ts";

/** Longest text of a plan that is kept in the log, in characters. */
const textMax = 16_384;

interface PlansOptions {
  readonly plane: ControlPlane;
  readonly openTarget: OpenTarget;
  /** Shared with what is delivered. */
  readonly slots: Slots;
  readonly failed: (app: string, error: unknown) => void;
}

/** Asks targets what they would change, for those who approve, and records what they say. Changes nothing outside. */
export class Plans {
  readonly #options: PlansOptions;
  readonly #running = new Map<string, Promise<void>>();
  #stopping = new AbortController();

  constructor(options: PlansOptions) {
    this.#options = options;
  }

  /** Ends what is being asked. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#running.values());
    this.#stopping = new AbortController();
  }

  /** Asks what approvers of an application want to know and nobody has said. Waits for nothing. */
  look(state: AppState): void {
    for (const wanted of toPlan(state)) {
      const { promotion, target } = wanted;
      const key = `${state.app} ${promotion.id} ${target.name}`;
      if (this.#running.has(key)) continue;
      const running = this.#ask(state, wanted, this.#stopping.signal)
        .catch((error: unknown) => this.#options.failed(state.app, error))
        .finally(() => this.#running.delete(key));
      this.#running.set(key, running);
    }
  }

  async #ask(state: AppState, { promotion, target, live }: ToPlan, signal: AbortSignal): Promise<void> {
    const { plane, openTarget, slots } = this.#options;
    const free = await slots.take();
    let plan: Omit<Plan, "changes"> & { readonly changes: boolean | null };
    try {
      const opened = openTarget(target.spec);
      const main = state.releases.get(promotion.version);
      if (opened.plan === undefined || main === undefined || signal.aborted) return;
      const { app, seq } = state;
      const { stage } = promotion;
      plan = await opened.plan(
        { id: `${app}/${stage}/${target.name}#${promotion.id}`, app, stage, asked: seq, main },
        signal,
      );
    } catch (error) {
      if (!(error instanceof TargetFailure)) throw error;
      if (signal.aborted) return;
      plan = { changes: null, text: error.message };
    } finally {
      free();
    }
    const { id, stage, version } = promotion;
    const text = plan.text.length > textMax ? `${plan.text.slice(0, textMax)}\n(and more)` : plan.text;
    const about = { id, stage, version, target: target.name, config: target.config, live };
    await plane.execute(state.app, { type: "RecordPlan", plan: { ...about, changes: plan.changes, text } }, "sluice");
  }
}
