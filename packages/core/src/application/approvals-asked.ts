import type { ApprovalConfig } from "../gates/approval.ts";
import { policyApprovals } from "../gates/policy.ts";
import { stagesOf } from "./context.ts";
import type { AppState } from "./state.ts";

/** The approvals that a stage asks for: by its own gates, and by the policies over it. */
export function approvalsAsked(state: AppState, stage: string): ApprovalConfig[] {
  const gates = stagesOf(state).find(({ name }) => name === stage)?.gates ?? [];
  return [...policyApprovals(state, stage), ...gates.flatMap((gate) => gate.approval ?? [])];
}
