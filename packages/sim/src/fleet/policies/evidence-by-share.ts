import { decideAdmission } from "@sluice/core/rollout/evidence/decide-admission.ts";
import type { GroupMemory } from "@sluice/core/rollout/evidence/groups.ts";
import type { EvidencePlan } from "@sluice/core/rollout/evidence/plan.ts";
import { planByShare } from "@sluice/core/rollout/evidence/plan-of.ts";
import { isProved, isWorthAFeed, roomByShare } from "@sluice/core/rollout/evidence/share.ts";
import type { PolicyKind } from "../policy.ts";

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
      const memory: GroupMemory = new Map();
      const halted = new Set<string>();
      let haltedAtMs: number | null = null;
      return {
        everyMs: null,
        decide(elapsedMs, ledger, { counts, known }) {
          const groups = known.groups.filter(({ name, installed }) => installed > 0 && !halted.has(name));
          const decision = decideAdmission(
            {
              plan,
              fleet,
              counts,
              groups,
              haltedGroups: halted.size,
              sinceHaltMs: haltedAtMs === null ? null : elapsedMs - haltedAtMs,
              elapsedMs,
            },
            memory,
          );
          switch (decision.verdict) {
            case "stop":
              return { stop: true };
            case "undecided":
              return {};
            case "halt-groups":
              haltedAtMs = elapsedMs;
              for (const group of decision.groups) halted.add(group);
              return { halt: decision.groups.map((group) => known.groups.findIndex(({ name }) => name === group)) };
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
