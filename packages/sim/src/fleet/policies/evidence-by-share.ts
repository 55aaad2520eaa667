import { decideAdmission } from "@sluice/core/rollout/evidence/decide-admission.ts";
import type { EvidencePlan } from "@sluice/core/rollout/evidence/plan.ts";
import { planByShare } from "@sluice/core/rollout/evidence/plan-of.ts";
import { unlimited } from "@sluice/core/rollout/evidence/ration.ts";
import type { PolicyKind } from "../policy.ts";

/**
 * The production decision where clients read files and are let in by a published share: at risk from its publication, whenever they poll. All are known by their
 * ids, so a share takes in exactly as many as there is room for; groups are not rationed, since a share cannot choose among them.
 * @param askMs how long it takes until everybody has read a share
 */
export function evidenceByShare(name: string, given: EvidencePlan, askMs: number): PolicyKind {
  const plan = planByShare(given, askMs);
  return {
    name,
    deadlineMs: given.reportDeadlineMs,
    soakMs: given.soak?.ms ?? null,
    agesMs: given.crashAgesMs,
    askMs,
    start: (fleet) => ({
      everyMs: null,
      decide(elapsedMs, _ledger, counts) {
        const decision = decideAdmission({
          plan,
          fleet,
          counts,
          groups: [],
          haltedGroups: 0,
          sinceHaltMs: null,
          elapsedMs,
        });
        if (decision.verdict === "stop") return { stop: true };
        if (decision.verdict !== "continue") return {};
        return decision.room >= unlimited ? { share: 1 } : { letIn: decision.room };
      },
    }),
  };
}
