import { deciders, lapsesAt, missingApprovals } from "../application/rollback-request/approval.ts";
import type { RollbackRequest } from "../application/rollback-request/request.ts";
import type { AppState } from "../application/state.ts";
import { rfc3339 } from "../time/instant.ts";

/** A rollback that somebody asked for, and how far its approval has come. Times are RFC 3339. */
export interface RollbackRequestView {
  readonly id: string;
  readonly stage: string;
  readonly status: "open" | "carried-out" | "rejected" | "lapsed";
  /** The version that the stage leaves, and the one that it goes to; null: none. */
  readonly from: string;
  readonly to: string | null;
  /** Whether clients are to be sent back by and by. */
  readonly staged: boolean;
  readonly reason: string;
  readonly requestedBy: string;
  readonly requestedAt: string;
  /** Names and groups of those who may approve; empty: whoever has the role. Never whoever asked. */
  readonly approvers: readonly string[];
  readonly approvals: readonly { readonly by: string; readonly at: string; readonly comment: string }[];
  /** What is missing before it is carried out, for people. */
  readonly waitsFor: readonly string[];
  /** When it lapses if it was not approved by then. */
  readonly until: string;
  readonly closed?: { readonly by: string; readonly at: string; readonly reason: string };
}

/** A request as it stands. Pure. */
export function rollbackRequestView(state: AppState, request: RollbackRequest): RollbackRequestView {
  const { id, stage, version, to, staged = false, reason, by, at, approvals, closed } = request;
  return {
    id,
    stage,
    status: closed?.as ?? "open",
    from: version,
    to,
    staged,
    reason,
    requestedBy: by,
    requestedAt: rfc3339(at),
    approvers: deciders(state, stage),
    approvals: approvals.map((one) => ({ by: one.by, at: rfc3339(one.at), comment: one.comment })),
    waitsFor: closed === undefined ? missingApprovals(state, request) : [],
    until: rfc3339(lapsesAt(state, request)),
    ...(closed === undefined ? {} : { closed: { by: closed.by, at: rfc3339(closed.at), reason: closed.reason } }),
  };
}
