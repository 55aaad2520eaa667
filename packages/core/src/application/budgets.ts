import type { Measurements } from "../analysis/measurement.ts";
import { budgetedClients, stageSize } from "../gates/exposure-budget.ts";
import type { Stage } from "../pipeline/schema.ts";
import { gateContext } from "./context.ts";
import type { RollingPromotion } from "./state.ts";
import type { Transition } from "./transition.ts";

/**
 * How far the budgets over all applications let a promotion's release get: the most clients that it may reach, and whether everybody
 * may get it. Nobody, where nobody counted.
 */
export function budgetsFor(
  { state, meta }: Transition,
  stage: Stage,
  { version }: RollingPromotion,
  measurements: Measurements | undefined,
): { readonly most: number; readonly everybody: boolean } {
  const context = gateContext(state, stage.name, version, meta.now, measurements);
  if (context === undefined) return { most: 0, everybody: false };
  const most = budgetedClients(state, context);
  return { most, everybody: stageSize(context) <= most };
}
