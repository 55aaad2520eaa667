import { approvers, mayApprove, openDemands } from "../../gates/approval.ts";
import type { Person } from "../../gates/named.ts";
import type { Millis } from "../../time/instant.ts";
import { approvalsAsked } from "../approvals-asked.ts";
import type { AppState } from "../state.ts";
import type { RollbackRequest } from "./request.ts";

/** Where a stage asks nobody in particular, a request stands for a week, in ms. */
const standsMs = 604_800_000;

/** Whether what a person says of a rollback of the stage counts. Where nobody is named, whoever has the role does. */
export function mayDecide(state: AppState, stage: string, person: Person): boolean {
  const asked = approvalsAsked(state, stage);
  return asked.length === 0 || asked.some((config) => mayApprove(config, person));
}

/** Names and groups of those whose approval counts; empty: whoever has the role. */
export function deciders(state: AppState, stage: string): string[] {
  return [...new Set(approvalsAsked(state, stage).flatMap(({ from, groups }) => [...from, ...groups]))];
}

/** What is missing before a request is carried out, in words; empty: nothing. It needs what entering the stage needs of people. */
export function missingApprovals(state: AppState, { stage, approvals }: RollbackRequest): string[] {
  const asked = approvalsAsked(state, stage);
  if (asked.length === 0) return approvals.length > 0 ? [] : ["0 of 1 approvals (nobody)"];
  return asked.flatMap((config) => {
    const open = openDemands(
      config,
      approvals.filter((approval) => mayApprove(config, approval)),
    );
    return open.length === 0 ? [] : [`${open.join("; ")}; asked of ${approvers(config)}`];
  });
}

/** When a request lapses that nobody has decided: as soon as an approval given with it would count no more. */
export function lapsesAt(state: AppState, { stage, at }: RollbackRequest): Millis {
  return at + Math.min(standsMs, ...approvalsAsked(state, stage).map(({ expires }) => expires));
}
