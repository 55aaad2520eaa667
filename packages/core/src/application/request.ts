import type { Stage } from "../pipeline/schema.ts";
import { compareVersions } from "../release/version.ts";
import { type AppState, latestPromotion, type Promotion, type StageState, stageOf } from "./state.ts";
import type { Transition } from "./transition.ts";

/** The promotion of a version into a stage that is waiting, rolling out or paused. */
export function openPromotion(state: AppState, stage: StageState, version: string): Promotion | undefined {
  const latest = latestPromotion(state, stage, version);
  const open = latest?.status === "waiting" || latest?.status === "active" || latest?.status === "paused";
  return open ? latest : undefined;
}

/**
 * Asks that a release enter a stage. By itself it asks only for what could go in: newer than what is live, not rolled back
 * there, and not asked for already; a person may ask for more, and the gates say the rest.
 */
export function request(
  transition: Transition,
  stage: Stage,
  version: string,
  options: { readonly manual: boolean },
): string | undefined {
  const stageState = stageOf(transition.state, stage.name);
  if (!options.manual) {
    const live = stageState.live?.version;
    if (live !== undefined && compareVersions(version, live) <= 0) return undefined;
    if (stageState.away.has(version) || openPromotion(transition.state, stageState, version) !== undefined)
      return undefined;
  }
  const id = `${stage.name}-${stageState.promotions + 1}`;
  transition.add({ type: "PromotionRequested", data: { id, stage: stage.name, version, manual: options.manual } });
  return id;
}
