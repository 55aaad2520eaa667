import type { Measurements } from "../analysis/measurement.ts";
import { budgetedClients, stageSize } from "../gates/exposure-budget.ts";
import type { Stage } from "../pipeline/schema.ts";
import { gateContext } from "./context.ts";
import type { RollingPromotion } from "./state.ts";
import type { Transition } from "./transition.ts";

/** Whether everybody may get a promotion's release by the budgets over all applications. */
export function fitsBudgets(
  { state, meta }: Transition,
  stage: Stage,
  { version }: RollingPromotion,
  measurements: Measurements | undefined,
): boolean {
  const context = gateContext(state, stage.name, version, meta.now, measurements);
  return context !== undefined && stageSize(context) <= budgetedClients(state, context);
}

/** How many clients a promotion may reach by those budgets: 0 where nobody counted. */
export function mostByBudgets(
  { state, meta }: Transition,
  stage: Stage,
  { version }: RollingPromotion,
  measurements: Measurements | undefined,
): number {
  const context = gateContext(state, stage.name, version, meta.now, measurements);
  return context === undefined ? 0 : budgetedClients(state, context);
}
