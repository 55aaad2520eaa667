import { unreachable } from "../../errors/unreachable.ts";
import { itemKey, setCheck } from "../check-results.ts";
import type { CheckFact } from "../events/check.ts";
import type { Recorded } from "../events/recorded.ts";
import { type AppState, changePromotion } from "../state.ts";
import { stopSoak } from "./soak.ts";

/** Folds what was found out for the gates into a state. */
export function evolveCheck(state: AppState, event: Recorded<CheckFact>): AppState {
  const { at, actor } = event;
  switch (event.type) {
    case "CheckReported": {
      const { version, name, stage, result, groups, comment, url } = event.data;
      const link = url === undefined ? {} : { url };
      const known = { result, at, by: actor, groups, comment, ...link };
      return setCheck(state, version, stage === undefined ? name : itemKey(stage, name), known);
    }
    case "ItemProbed": {
      const { version, stage, item, pipeline, result, reason, evidence } = event.data;
      const known = { result, at, by: actor, groups: [], comment: reason, found: { evidence, pipeline } };
      return setCheck(state, version, itemKey(stage, item), known);
    }
    case "SoakClockStarted":
      return changePromotion(state, event.data.id, (promotion) => ({
        ...promotion,
        soak: { ranMs: promotion.soak?.ranMs ?? 0, since: at },
      }));
    case "SoakClockStopped":
      return changePromotion(state, event.data.id, (promotion) => stopSoak(promotion, at));
    default:
      return unreachable(event);
  }
}
