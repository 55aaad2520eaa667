import type { CommandOf } from "./commands.ts";
import type { Transition } from "./transition.ts";

/** A plan is kept while its promotion waits; the same again is not. */
export function recordPlan(transition: Transition, { plan }: CommandOf<"RecordPlan">): undefined {
  const promotion = transition.state.promotions.get(plan.id);
  if (promotion?.status !== "waiting") return;
  const known = promotion.plans?.find(({ target }) => target === plan.target);
  if (known?.config === plan.config && known.live === plan.live) return;
  transition.add({ type: "PromotionPlanned", data: plan });
}
