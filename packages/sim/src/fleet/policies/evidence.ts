import type { EvidencePlan } from "@sluice/core/rollout/evidence/plan.ts";
import type { PolicyKind } from "../policy.ts";
import { Admission, placesOf } from "./admission.ts";

/** The production decision, asked at every change of the counts. */
export function evidencePolicy(name: string, plan: EvidencePlan): PolicyKind {
  return {
    name,
    deadlineMs: plan.reportDeadlineMs,
    soakMs: plan.soak?.ms ?? null,
    agesMs: plan.crashAgesMs,
    start: (fleet) => {
      const admission = new Admission(plan, fleet);
      return {
        everyMs: null,
        decide(elapsedMs, ledger) {
          const groups = admission.open(ledger.groups);
          const decision = admission.decide(elapsedMs, ledger.counts, groups);
          switch (decision.verdict) {
            case "stop":
              return { stop: true };
            case "undecided":
              return { room: 0 };
            case "halt-groups":
              return { halt: placesOf(decision.groups, ledger.groups), room: 0 };
            case "continue":
              return { room: decision.room, roomByGroup: spread(decision.roomByGroup, groups, ledger.groups) };
          }
        },
      };
    },
  };
}

interface Named {
  readonly name: string;
}

/** The rooms of the open groups at the places that these have among all; there is none in the others. */
function spread(rooms: readonly number[], open: readonly Named[], all: readonly Named[]): readonly number[] {
  if (open.length === all.length) return rooms;
  const byName = new Map(open.map((group, index) => [group.name, rooms[index] ?? 0]));
  return all.map(({ name }) => byName.get(name) ?? 0);
}
