import type { Measurements } from "../analysis/measurement.ts";
import { wellBefore } from "../analysis/well-before.ts";
import { healthyClients } from "../gates/soak.ts";
import type { Stage } from "../pipeline/schema.ts";
import { gateContext } from "./context.ts";
import { stageOf } from "./state.ts";
import type { Transition } from "./transition.ts";

/**
 * Starts and stops the clocks of a stage's healthy soaks, for everything that waits to enter it. What makes a release well is
 * measured, so each change is a fact: how long it was well follows from the log alone. Without measurements nothing changes.
 */
export function keepSoakClocks(transition: Transition, stage: Stage, measurements: Measurements | undefined): void {
  const least = healthyClients(stage);
  if (least === undefined || measurements === undefined) return;
  for (const id of stageOf(transition.state, stage.name).waiting) {
    const promotion = transition.state.promotions.get(id);
    const context =
      promotion && gateContext(transition.state, stage.name, promotion.version, transition.meta.now, measurements);
    if (promotion === undefined || context === undefined) continue;
    const { well, reason, evidence } = wellBefore(context, least);
    if (well === (promotion.soak?.since !== undefined)) continue;
    const data = { id, stage: stage.name, version: promotion.version, reason, evidence };
    transition.add(well ? { type: "SoakClockStarted", data } : { type: "SoakClockStopped", data });
  }
}
