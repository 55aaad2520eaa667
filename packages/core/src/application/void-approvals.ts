import type { Rules } from "../rules/rules.ts";
import type { ApplicationFact } from "./events.ts";
import { openRequest } from "./rollback-request/request.ts";
import type { AppState, Promotion } from "./state.ts";

type Voided = Extract<ApplicationFact, { type: "ApprovalVoided" }>;

/** Every approval that was given under another pipeline than the one in force. An approval that was void stays void. */
export function approvalsOfOtherPipelines(state: AppState): Voided[] {
  const digest = state.pipeline?.digest;
  return voidedWhere(state, (approval) =>
    approval.pipeline === digest ? undefined : "the pipeline was changed after it was given",
  );
}

/** Every approval of somebody whose token was revoked since. */
export function approvalsOfRevoked(state: AppState, { revoked }: Rules): Voided[] {
  if (revoked.isEmpty()) return [];
  return voidedWhere(state, ({ by }) => {
    const revocation = revoked.get(by);
    return revocation === undefined ? undefined : `${revocation.by} revoked the token of ${by}`;
  });
}

/** Every approval of a rollback that waits, by somebody whose token was revoked since. */
export function rollbackApprovalsOfRevoked(state: AppState, { revoked }: Rules): ApplicationFact[] {
  if (revoked.isEmpty()) return [];
  return [...state.stages.keys()]
    .flatMap((name) => openRequest(state, name) ?? [])
    .flatMap(({ id, stage, version, approvals }) =>
      approvals.flatMap(({ by: approver }) => {
        const by = revoked.get(approver)?.by;
        const reason = `${by} revoked the token of ${approver}`;
        const data = { id, stage, version, approver, reason };
        return by === undefined ? [] : [{ type: "RollbackApprovalVoided", data } as const];
      }),
    );
}

function voidedWhere(
  state: AppState,
  reasonOf: (approval: Promotion["approvals"][number]) => string | undefined,
): Voided[] {
  return openPromotions(state).flatMap(({ id, stage, version, approvals }) =>
    approvals.flatMap((approval) => {
      const reason = reasonOf(approval);
      const data = { id, stage, version, approver: approval.by, reason: reason ?? "" };
      return reason === undefined ? [] : [{ type: "ApprovalVoided", data } as const];
    }),
  );
}

function openPromotions(state: AppState): Promotion[] {
  return [...state.stages.values()].flatMap(({ waiting, active }) =>
    [...waiting, ...(active === undefined ? [] : [active])].flatMap((id) => state.promotions.get(id) ?? []),
  );
}
