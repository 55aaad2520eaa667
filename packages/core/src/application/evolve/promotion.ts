import { unreachable } from "../../errors/unreachable.ts";
import type { PromotionFact } from "../events/promotion.ts";
import type { Recorded } from "../events/recorded.ts";
import { forgetMeasurements } from "../measurements.ts";
import { type Approval, type AppState, changePromotion, type Promotion, setStage, stageOf } from "../state.ts";
import { without } from "./waiting.ts";

/** Folds what happens to a promotion before anybody is exposed into a state. */
export function evolvePromotion(state: AppState, event: Recorded<PromotionFact>): AppState {
  const { at, actor } = event;
  switch (event.type) {
    case "PromotionRequested": {
      const { id, stage, version, manual } = event.data;
      const promotion: Promotion = {
        id,
        stage,
        version,
        manual,
        requestedAt: at,
        requestedBy: actor,
        approvals: [],
        status: "waiting",
      };
      const before = stageOf(state, stage);
      const withPromotion = { ...state, promotions: state.promotions.set(id, promotion) };
      return setStage(withPromotion, {
        ...before,
        waiting: before.waiting.push(id),
        promotions: before.promotions + 1,
        latest: before.latest.set(version, id),
      });
    }
    case "PromotionAskedFor":
      return changePromotion(state, event.data.id, (promotion) => ({ ...promotion, asked: { by: actor, at } }));
    case "PromotionOverridden": {
      const { reason, policies } = event.data;
      const override = { by: actor, reason, at, ...(policies === undefined ? {} : { policies }) };
      return changePromotion(state, event.data.id, (promotion) => ({ ...promotion, override }));
    }
    case "PromotionApproved":
      return changePromotion(state, event.data.id, ({ rejection: _, ...promotion }) => ({
        ...promotion,
        approvals: [...promotion.approvals.filter(({ by }) => by !== actor), answerOf(event)],
      }));
    case "PromotionRejected":
      return changePromotion(state, event.data.id, (promotion) => ({
        ...promotion,
        approvals: [],
        rejection: answerOf(event),
      }));
    case "ApprovalVoided": {
      const { id, approver } = event.data;
      return changePromotion(state, id, (promotion) => ({
        ...promotion,
        approvals: promotion.approvals.filter(({ by }) => by !== approver),
      }));
    }
    case "PromotionAborted": {
      const { id, stage, cause, reason } = event.data;
      const ended = changePromotion(state, id, (promotion) => ({
        ...promotion,
        status: "aborted",
        ended: { cause, reason, at, by: actor },
      }));
      const before = stageOf(ended, stage);
      return setStage(ended, { ...before, waiting: without(before, id) });
    }
    case "PromotionSuperseded": {
      const { id, stage, by } = event.data;
      const ended = changePromotion(forgetMeasurements(state, id), id, (promotion) => ({
        ...promotion,
        status: "superseded",
        ended: { cause: "superseded", reason: `superseded by ${by}`, at, by: actor },
      }));
      const { active, ...before } = stageOf(ended, stage);
      const next = { ...before, waiting: without(before, id) };
      return setStage(ended, active === undefined || active === id ? next : { ...next, active });
    }
    default:
      return unreachable(event);
  }
}

function answerOf(
  event: Extract<Recorded<PromotionFact>, { type: "PromotionApproved" | "PromotionRejected" }>,
): Approval {
  const { groups, comment, pipeline } = event.data;
  return { by: event.actor, groups, at: event.at, comment, pipeline };
}
