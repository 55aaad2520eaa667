import { type AppState, activePromotion, type Promotion, stageOf } from "../application/state.ts";
import type { Stage } from "../pipeline/schema.ts";
import type { Millis } from "../time/instant.ts";
import { verifying } from "./verification.ts";

/** A promotion whose release is measured, and since when its clients have it as they have it now. */
export interface Watched {
  readonly promotion: Promotion;
  /** When the exposure as it stands was published. */
  readonly appliedAt: Millis;
  readonly startedAt: Millis;
  /** Whether the exposure may still rise. */
  readonly rising: boolean;
}

/** What of a stage is measured: the release that is rolling out, and the one that is live while it is being verified. */
export function watchedPromotions(state: AppState, stage: Stage): Watched[] {
  const stageState = stageOf(state, stage.name);
  const watched: Watched[] = [];
  const active = activePromotion(state, stageState);
  if (active?.status === "active" && active.exposure.appliedAt !== undefined)
    watched.push({
      promotion: active,
      appliedAt: active.exposure.appliedAt,
      startedAt: active.startedAt,
      rising: true,
    });
  const live = verifying(state, stageState);
  if (live !== undefined)
    watched.push({
      promotion: live.promotion,
      appliedAt: live.completedAt,
      startedAt: live.promotion.startedAt,
      rising: false,
    });
  return watched;
}
