import { unreachable } from "../../errors/unreachable.ts";
import { fromRfc3339 } from "../../time/instant.ts";
import type { Recorded } from "../events/recorded.ts";
import type { StageFact } from "../events/stage.ts";
import { type AppState, type Freeze, setStage, stageOf } from "../state.ts";

/** Folds what people set for a stage into a state. */
export function evolveStage(state: AppState, event: Recorded<StageFact>): AppState {
  const { at, actor } = event;
  switch (event.type) {
    case "StageFrozen":
      return setStage(state, { ...stageOf(state, event.data.stage), frozen: freezeOf(event, event.data) });
    case "StageThawed": {
      const { frozen: _, ...thawed } = stageOf(state, event.data.stage);
      return setStage(state, thawed);
    }
    case "ApplicationFrozen":
      return { ...state, frozen: freezeOf(event, event.data) };
    case "ApplicationThawed": {
      const { frozen: _, ...thawed } = state;
      return thawed;
    }
    case "AutoPromotionHeld": {
      const { stage, id, version } = event.data;
      return setStage(state, { ...stageOf(state, stage), hold: { at, by: actor, promotion: id, version } });
    }
    case "AutoPromotionResumed": {
      const { hold: _, ...resumed } = stageOf(state, event.data.stage);
      return setStage(state, resumed);
    }
    default:
      return unreachable(event);
  }
}

function freezeOf(
  { at, actor: by }: Recorded<StageFact>,
  { reason, until }: { readonly reason: string; readonly until?: string },
): Freeze {
  return { at, by, reason, ...(until === undefined ? {} : { until: fromRfc3339(until) }) };
}
