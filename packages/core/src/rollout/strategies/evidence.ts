import type { AdmissionDecision } from "../evidence/admission.ts";
import { decideAdmission } from "../evidence/decide-admission.ts";
import type { GroupMemory } from "../evidence/groups.ts";
import type { EvidencePlan } from "../evidence/plan.ts";
import type { RolloutView, Strategy, StrategyDecision } from "./strategy.ts";

/**
 * Exposure that is paid for with evidence: no shares and no clock, but as many clients as the counts allow. The groups already looked at are
 * remembered, so use one strategy for one rollout.
 */
export function evidence(plan: EvidencePlan): Strategy {
  const memory: GroupMemory = new Map();
  return (view) => asStrategy(decideAdmission({ plan, ...view }, memory), view, plan);
}

function asStrategy(decision: AdmissionDecision, view: RolloutView, plan: EvidencePlan): StrategyDecision {
  const cause = decision.verdict === "stop" ? decision.cause : null;
  const why = { strategy: "evidence", admission: decision.why, cause } as const;
  switch (decision.verdict) {
    case "stop":
    case "undecided":
      return { verdict: decision.verdict, why };
    case "halt-groups":
      return { verdict: "halt-groups", groups: decision.groups, why };
    case "continue": {
      const { room, roomByGroup, roomOfUnseenGroup } = decision;
      const exposure = { by: "room", room, roomByGroup, roomOfUnseenGroup } as const;
      return { verdict: "continue", exposure, nextDueMs: nextDueMs(view, plan), why };
    }
  }
}

/** The end of the quiet after a halt, or of the time to decide; whichever comes first. */
function nextDueMs({ elapsedMs, sinceHaltMs }: RolloutView, plan: EvidencePlan): number | null {
  const due = [];
  if (sinceHaltMs !== null) due.push(elapsedMs - sinceHaltMs + plan.reportDeadlineMs);
  if (plan.decideWithinMs !== null) due.push(plan.decideWithinMs);
  const ahead = due.filter((ms) => ms > elapsedMs);
  return ahead.length > 0 ? Math.min(...ahead) : null;
}
