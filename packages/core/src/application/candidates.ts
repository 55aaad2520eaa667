import type { Stage } from "../pipeline/schema.ts";
import { compareVersions, newestFirst } from "../release/version.ts";
import { type AppState, activePromotion, type Promotion, stageOf } from "./state.ts";

/**
 * The promotions that would start in a stage if their gates passed now, the newest release first: every one that waits where
 * the stage is free, and where it is not, those that the pipeline lets take over.
 */
export function candidates(state: AppState, stage: Stage): Promotion[] {
  const stageState = stageOf(state, stage.name);
  const active = activePromotion(state, stageState);
  if (active !== undefined && stage["when-newer"] === "wait") return [];
  return stageState.waiting
    .toArray()
    .flatMap((id) => state.promotions.get(id) ?? [])
    .filter((promotion) => active === undefined || compareVersions(promotion.version, active.version) > 0)
    .sort((a, b) => newestFirst(a.version, b.version));
}
