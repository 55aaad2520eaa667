import { approvalsAsked } from "../application/approvals-asked.ts";
import { stagesOf } from "../application/context.ts";
import { type AppState, type Promotion, stageOf } from "../application/state.ts";
import { newestFirst } from "../release/version.ts";
import { type OutsideTarget, outsideTargets } from "./outside.ts";
import type { TargetSpec } from "./schema.ts";

/** A promotion whose approvers want to know what a target would change. */
export interface ToPlan {
  readonly promotion: Promotion;
  readonly target: OutsideTarget;
  /** What is live in the stage now. */
  readonly live: string | null;
}

/** Whether a target can say what it would change, as the pipeline has it. */
export function canPlan({ command, git, kubernetes, oci, static: copy }: TargetSpec): boolean {
  return [command?.plan, git, kubernetes, oci, copy].some((each) => each !== undefined);
}

/**
 * What is to be planned: in each stage that people approve for, the newest release that waits, by each target that can say what
 * it would change and has not done so as things stand.
 */
export function toPlan(state: AppState): ToPlan[] {
  return stagesOf(state).flatMap((spec) => {
    const targets = outsideTargets(spec).filter((target) => canPlan(target.spec));
    if (targets.length === 0 || approvalsAsked(state, spec.name).length === 0) return [];
    const stage = stageOf(state, spec.name);
    const [promotion] = stage.waiting
      .toArray()
      .flatMap((id) => state.promotions.get(id) ?? [])
      .sort((a, b) => newestFirst(a.version, b.version));
    if (promotion === undefined) return [];
    const live = stage.live?.version ?? null;
    return targets.flatMap((target) => {
      const known = promotion.plans?.find((plan) => plan.target === target.name);
      return known?.config === target.config && known.live === live ? [] : [{ promotion, target, live }];
    });
  });
}
