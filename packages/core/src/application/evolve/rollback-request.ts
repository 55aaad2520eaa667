import { unreachable } from "../../errors/unreachable.ts";
import type { Recorded } from "../events/recorded.ts";
import type { RollbackFact } from "../events/rollback.ts";
import type { RollbackRequestFact } from "../events/rollback-request.ts";
import type { RollbackRequest } from "../rollback-request/request.ts";
import { type AppState, setStage, stageOf } from "../state.ts";

/** Folds what people ask and say of rollbacks into a state. */
export function evolveRollbackRequest(state: AppState, event: Recorded<RollbackRequestFact>): AppState {
  const { at, actor: by } = event;
  switch (event.type) {
    case "RollbackRequested": {
      const { id, stage } = event.data;
      const asked = {
        ...state,
        rollbackRequests: state.rollbackRequests.set(id, { ...event.data, by, at, approvals: [] }),
      };
      return setStage(asked, { ...stageOf(asked, stage), rollbackRequest: id });
    }
    case "RollbackApproved": {
      const { id, groups, comment } = event.data;
      return change(state, id, (request) => ({
        ...request,
        approvals: [...request.approvals, { by, groups, at, comment }],
      }));
    }
    case "RollbackApprovalVoided": {
      const { id, approver } = event.data;
      return change(state, id, (request) => ({
        ...request,
        approvals: request.approvals.filter((approval) => approval.by !== approver),
      }));
    }
    case "RollbackRejected":
      return close(state, event.data.id, { as: "rejected", reason: event.data.comment, at, by });
    case "RollbackRequestLapsed":
      return close(state, event.data.id, { as: "lapsed", reason: event.data.reason, at, by });
    default:
      return unreachable(event);
  }
}

/** Closes the request that a rollback carried out. */
export function closeCarriedOut(
  state: AppState,
  { at, actor: by, data }: Extract<Recorded<RollbackFact>, { type: "PromotionRolledBack" }>,
): AppState {
  return data.request === undefined
    ? state
    : close(state, data.request.id, { as: "carried-out", reason: data.reason, at, by });
}

function close(state: AppState, id: string, closed: NonNullable<RollbackRequest["closed"]>): AppState {
  const request = state.rollbackRequests.get(id);
  if (request === undefined) return state;
  const { rollbackRequest: _, ...stage } = stageOf(state, request.stage);
  return setStage(
    change(state, id, (open) => ({ ...open, closed })),
    stage,
  );
}

function change(state: AppState, id: string, to: (request: RollbackRequest) => RollbackRequest): AppState {
  const request = state.rollbackRequests.get(id);
  return request === undefined ? state : { ...state, rollbackRequests: state.rollbackRequests.set(id, to(request)) };
}
