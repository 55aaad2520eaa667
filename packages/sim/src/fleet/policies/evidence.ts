import { decideAdmission } from "@sluice/core/rollout/evidence/decide-admission.ts";
import type { GroupMemory } from "@sluice/core/rollout/evidence/groups.ts";
import type { EvidencePlan } from "@sluice/core/rollout/evidence/plan.ts";
import type { PolicyKind } from "../policy.ts";

/** The production decision, asked at every change of the counts. */
export function evidencePolicy(name: string, plan: EvidencePlan): PolicyKind {
  return {
    name,
    deadlineMs: plan.reportDeadlineMs,
    soakMs: plan.soak?.ms ?? null,
    agesMs: plan.crashAgesMs,
    start: (fleet) => {
      const memory: GroupMemory = new Map();
      const halted = new Set<string>();
      let haltedAtMs: number | null = null;
      return {
        everyMs: null,
        decide(elapsedMs, ledger) {
          const groups = halted.size === 0 ? ledger.groups : ledger.groups.filter(({ name }) => !halted.has(name));
          const decision = decideAdmission(
            {
              plan,
              fleet,
              counts: ledger.counts,
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
              return { room: 0 };
            case "halt-groups":
              haltedAtMs = elapsedMs;
              for (const group of decision.groups) halted.add(group);
              return {
                halt: decision.groups.map((group) => ledger.groups.findIndex(({ name }) => name === group)),
                room: 0,
              };
            case "continue":
              return {
                room: decision.room,
                roomByGroup:
                  halted.size === 0 ? decision.roomByGroup : spread(decision.roomByGroup, groups, ledger.groups),
              };
          }
        },
      };
    },
  };
}

interface Named {
  readonly name: string;
}

function spread(rooms: readonly number[], groups: readonly Named[], all: readonly Named[]): number[] {
  const byName = new Map(groups.map((group, index) => [group.name, rooms[index] ?? 0]));
  return all.map(({ name }) => byName.get(name) ?? 0);
}
