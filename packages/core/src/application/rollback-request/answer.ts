import { nearestNames } from "../../errors/nearest.ts";
import { isRejection, type Rejection, reject } from "../../errors/rejection.ts";
import { rfc3339 } from "../../time/instant.ts";
import type { CommandMeta, CommandOf } from "../commands.ts";
import { findStage } from "../find.ts";
import { rollBackStage } from "../roll-back-stage.ts";
import type { AppState } from "../state.ts";
import type { Transition } from "../transition.ts";
import { deciders, mayDecide, missingApprovals } from "./approval.ts";
import { whyLapsed } from "./lapse.ts";
import { type RollbackRequest, wayAsked } from "./request.ts";

/** Says yes to a rollback that somebody else asked for; the stage goes back at once when enough have. */
export function approveRollback(transition: Transition, command: CommandOf<"ApproveRollback">): Rejection | undefined {
  const { state, meta } = transition;
  const request = findOpen(state, command, meta);
  if (isRejection(request)) return request;
  const { id, stage, version } = request;
  const { groups, comment } = command;
  if (request.by === meta.actor)
    return reject("OWN_RELEASE", `${meta.actor} asked for ${id}, so somebody else has to approve it.`);
  const unnamed = refuseUnnamed(state, stage, groups, meta);
  if (unnamed !== undefined) return unnamed;
  if (request.approvals.some(({ by }) => by === meta.actor))
    return reject("APPROVAL_EXISTS", `${meta.actor} has approved ${id} already.`);
  transition.add({ type: "RollbackApproved", data: { id, stage, version, groups, comment } });
  const approved = transition.state.rollbackRequests.get(id);
  if (approved === undefined || missingApprovals(state, approved).length > 0) return undefined;
  const approvals = approved.approvals.map(({ by, at, comment: said }) => ({ by, at: rfc3339(at), comment: said }));
  return rollBackStage(transition, wayAsked(request), { id, by: request.by, approvals });
}

/** Closes a request. Whoever asked may take it back as well. */
export function rejectRollback(transition: Transition, command: CommandOf<"RejectRollback">): Rejection | undefined {
  const { state, meta } = transition;
  const request = findOpen(state, command, meta);
  if (isRejection(request)) return request;
  const { id, stage, version } = request;
  const { groups, comment } = command;
  const unnamed = request.by === meta.actor ? undefined : refuseUnnamed(state, stage, groups, meta);
  if (unnamed !== undefined) return unnamed;
  if (comment.trim() === "") return reject("REASON_REQUIRED", "Say why it is rejected: --comment TEXT");
  transition.add({ type: "RollbackRejected", data: { id, stage, version, groups, comment } });
  return undefined;
}

function refuseUnnamed(
  state: AppState,
  stage: string,
  groups: readonly string[],
  { actor: by, rules }: CommandMeta,
): Rejection | undefined {
  if (mayDecide(state, stage, { by, groups }) && rules?.revoked.has(by) !== true) return undefined;
  return reject(
    "APPROVER_NOT_NAMED",
    `${by} is not among those who decide about ${stage}: ${deciders(state, stage).join(", ") || "whoever has the role approver"}.`,
  );
}

function findOpen(
  state: AppState,
  { stage: name, id }: CommandOf<"ApproveRollback" | "RejectRollback">,
  meta: CommandMeta,
): RollbackRequest | Rejection {
  const stage = findStage(state, name);
  if (isRejection(stage)) return stage;
  const request = state.rollbackRequests.get(id);
  if (request?.stage !== stage.name) {
    const ids = [...state.rollbackRequests.values()].filter((one) => one.stage === name).map((one) => one.id);
    return reject("ROLLBACK_REQUEST_NOT_FOUND", `Nobody has asked for "${id}" in ${name}.`, nearestNames(id, ids));
  }
  const lapsed = request.closed === undefined ? whyLapsed(state, request, meta) : request.closed.reason;
  if (lapsed === undefined) return request;
  const { as, by } = request.closed ?? { as: "lapsed", by: "" };
  return reject("ROLLBACK_REQUEST_CLOSED", closings[as](id, by, lapsed));
}

const closings = {
  "carried-out": (id: string, by: string, reason: string) => `${id} was carried out when ${by} approved it: ${reason}`,
  rejected: (id: string, by: string, reason: string) => `${id} was rejected by ${by}: ${reason}`,
  lapsed: (id: string, _by: string, reason: string) => `${id} is void: ${reason}.`,
};
