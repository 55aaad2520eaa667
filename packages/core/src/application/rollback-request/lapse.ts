import { isRejection } from "../../errors/rejection.ts";
import { formatDuration } from "../../time/duration.ts";
import type { CommandMeta } from "../commands.ts";
import { wayBackFrom } from "../roll-back-stage.ts";
import type { AppState } from "../state.ts";
import type { Transition } from "../transition.ts";
import { lapsesAt } from "./approval.ts";
import { openRequest, type RollbackRequest, wayAsked } from "./request.ts";

/** Closes a stage's request that nobody can approve any more. */
export function lapseRequest(transition: Transition, stage: string): void {
  const request = openRequest(transition.state, stage);
  const reason = request && whyLapsed(transition.state, request, transition.meta);
  if (request === undefined || reason === undefined) return;
  const { id, version } = request;
  transition.add({ type: "RollbackRequestLapsed", data: { id, stage, version, reason } });
}

/** Why a request stands no more at this moment; undefined: it does. */
export function whyLapsed(state: AppState, request: RollbackRequest, meta: CommandMeta): string | undefined {
  const end = lapsesAt(state, request);
  if (meta.now >= end) return `it was not approved within ${formatDuration(end - request.at)}`;
  const way = wayBackFrom(state, meta, wayAsked(request));
  if (isRejection(way)) return way.message.replace(/\.$/, "");
  if (way.promotion === request.promotion && way.to === request.to) return undefined;
  const { stage, version, to } = request;
  return `${stage} was to go from ${version} to ${to ?? "nothing"}, and now would go from ${way.version} to ${way.to ?? "nothing"}`;
}
