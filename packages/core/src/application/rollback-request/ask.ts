import { isRejection, type Rejection, reject } from "../../errors/rejection.ts";
import type { CommandOf } from "../commands.ts";
import { wayBackFrom } from "../roll-back-stage.ts";
import type { Transition } from "../transition.ts";
import { whyLapsed } from "./lapse.ts";
import { openRequest } from "./request.ts";

/** Asks that a stage go back once others have approved it. One request stands for a stage at a time. */
export function requestRollback(
  transition: Transition,
  { stage, to, reason, staged }: CommandOf<"RequestRollback">,
): Rejection | undefined {
  const { state, meta } = transition;
  const way = wayBackFrom(state, meta, { stage, reason, ...(to === undefined ? {} : { to }) });
  if (isRejection(way)) return way;
  const standing = openRequest(state, stage);
  if (standing !== undefined) {
    const lapsed = whyLapsed(state, standing, meta);
    if (lapsed === undefined)
      return reject(
        "ROLLBACK_REQUEST_EXISTS",
        `${standing.by} has asked already that ${stage} go back (${standing.id}): ${standing.reason}`,
      );
    const { id, version } = standing;
    transition.add({ type: "RollbackRequestLapsed", data: { id, stage, version, reason: lapsed } });
  }
  transition.add({
    type: "RollbackRequested",
    data: {
      id: `rollback-${state.rollbackRequests.size + 1}`,
      stage,
      ...way,
      reason,
      ...(to === undefined ? {} : { asked: to }),
      ...(staged === true ? { staged } : {}),
    },
  });
  return undefined;
}
