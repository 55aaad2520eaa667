import { unreachable } from "../../errors/unreachable.ts";
import type { Millis } from "../../time/instant.ts";
import type { Recorded } from "../events/recorded.ts";
import type { RollbackFact } from "../events/rollback.ts";
import { forgetMeasurements } from "../measurements.ts";
import { type AppState, changePromotion, type StageState, setStage, stageOf } from "../state.ts";
import { closeCarriedOut } from "./rollback-request.ts";
import { begunWayBack, raisedWayBack } from "./way-back.ts";

/** Folds how a release leaves a stage into a state. */
export function evolveRollback(state: AppState, event: Recorded<RollbackFact>): AppState {
  switch (event.type) {
    case "PromotionRolledBack":
      return closeCarriedOut(rollBack(forgetMeasurements(state, event.data.id), event), event);
    case "WayBackRaised":
      return setStage(state, raisedWayBack(stageOf(state, event.data.stage), event.data.to, event.seq));
    default:
      return unreachable(event);
  }
}

function rollBack(state: AppState, event: Extract<Recorded<RollbackFact>, { type: "PromotionRolledBack" }>): AppState {
  const { id, stage, version, to, cause, reason, request } = event.data;
  const status = cause === "aborted" ? "aborted" : "rolled-back";
  const ended = changePromotion(state, id, (promotion) => ({
    ...promotion,
    status,
    ended: { cause, reason, at: event.at, by: event.actor, ...(request === undefined ? {} : { request }) },
  }));
  const { active, live, wayBack, ...before } = stageOf(ended, stage);
  // Whatever was completed here after the release that is live again goes with the one rolled back.
  const good = to === null ? undefined : before.completed.get(to);
  const keep =
    good === undefined
      ? before.completed.clear()
      : before.completed.takeUntil((_, candidate) => candidate === to).set(to as string, good);
  const gone = before.completed.keySeq().filter((candidate) => !keep.has(candidate));
  return setStage(ended, {
    ...before,
    completed: keep,
    away: before.away.union(gone).add(version),
    ...begunWayBack(wayBack, event, gone),
    ...(active === undefined || active === id ? {} : { active }),
    ...(to === null || good === undefined ? {} : { live: backTo(live, to, good.promotion, event.at) }),
  });
}

type Live = NonNullable<StageState["live"]>;

/** What was live all along, while another was rolling out, stays live as it was. */
function backTo(live: Live | undefined, version: string, promotion: string, at: Millis): Live {
  return live?.promotion === promotion ? live : { version, promotion, since: at, returned: true };
}
