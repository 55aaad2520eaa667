import { unreachable } from "../../errors/unreachable.ts";
import type { EffectFact } from "../events/effect.ts";
import type { Recorded } from "../events/recorded.ts";
import type { AppState } from "../state.ts";
import { applyTarget, deferTarget, endDrift, failTarget, findDrift, keepPlan } from "./targets.ts";
import { servedWayBack } from "./way-back.ts";

/** Folds what was brought about outside the log into a state. */
export function evolveEffect(state: AppState, event: Recorded<EffectFact>): AppState {
  const { at } = event;
  switch (event.type) {
    case "FeedsPublished": {
      const publishedSeq = Math.max(state.feeds.publishedSeq, event.data.upTo);
      return servedWayBack({ ...state, feeds: { ...state.feeds, publishedSeq } }, at);
    }
    case "TargetApplied":
      return applyTarget(state, event);
    case "PromotionPlanned":
      return keepPlan(state, event);
    case "TargetDeferred":
      return deferTarget(state, event);
    case "DriftFound":
      return findDrift(state, event);
    case "DriftGone":
      return endDrift(state, event);
    case "PeopleTold":
      return { ...state, toldUpTo: event.data.about };
    case "TargetFailed":
      return failTarget(state, event);
    default:
      return unreachable(event);
  }
}
