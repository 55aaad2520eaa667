import type { EvidencePlan } from "@sluice/core/rollout/evidence/plan.ts";
import { planByShare } from "@sluice/core/rollout/evidence/plan-of.ts";
import { isProved, isWorthAFeed, roomByShare } from "@sluice/core/rollout/evidence/share.ts";
import type { PolicyKind } from "../policy.ts";
import { Admission, placesOf } from "./admission.ts";

/**
 * The production decision where clients read files and are let in by a published share: at risk from its publication, whenever they poll. All are known by their
 * ids, so a share takes in exactly as many as there is room for.
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
    start: (fleet) => {
      const admission = new Admission(plan, fleet);
      return {
        everyMs: null,
        decide(elapsedMs, ledger, { counts, known }) {
          const groups = admission.open(known.groups.filter(({ installed }) => installed > 0));
          const decision = admission.decide(elapsedMs, counts, groups);
          switch (decision.verdict) {
            case "stop":
              return { stop: true };
            case "undecided":
              return {};
            case "halt-groups":
              return { halt: placesOf(decision.groups, known.groups) };
            case "continue": {
              if (isProved(decision)) return { share: 1 };
              const room = roomByShare(decision, { groups, offered: known.offered });
              return isWorthAFeed(room, counts.inFlight, fleet - ledger.offered)
                ? { letIn: Math.min(room, fleet) }
                : {};
            }
          }
        },
      };
    },
  };
}
