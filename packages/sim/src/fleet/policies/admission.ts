import type { AdmissionDecision } from "@sluice/core/rollout/evidence/admission.ts";
import type { GroupCounts, ReleaseCounts } from "@sluice/core/rollout/evidence/counts.ts";
import { decideAdmission } from "@sluice/core/rollout/evidence/decide-admission.ts";
import type { GroupMemory } from "@sluice/core/rollout/evidence/groups.ts";
import type { EvidencePlan } from "@sluice/core/rollout/evidence/plan.ts";

/** The production decision over the time of one run: it keeps which groups it has halted, and since when. */
export class Admission {
  readonly #plan: EvidencePlan;
  readonly #fleet: number;
  readonly #memory: GroupMemory = new Map();
  readonly #halted = new Set<string>();
  #haltedAtMs: number | null = null;

  /** @param fleet how many clients there are */
  constructor(plan: EvidencePlan, fleet: number) {
    this.#plan = plan;
    this.#fleet = fleet;
  }

  /** Those of the groups that were not halted. */
  open<Group extends { readonly name: string }>(groups: readonly Group[]): readonly Group[] {
    return this.#halted.size === 0 ? groups : groups.filter(({ name }) => !this.#halted.has(name));
  }

  /** @param groups those that are open */
  decide(elapsedMs: number, counts: ReleaseCounts, groups: readonly GroupCounts[]): AdmissionDecision {
    const decision = decideAdmission(
      {
        plan: this.#plan,
        fleet: this.#fleet,
        counts,
        groups,
        haltedGroups: this.#halted.size,
        sinceHaltMs: this.#haltedAtMs === null ? null : elapsedMs - this.#haltedAtMs,
        elapsedMs,
      },
      this.#memory,
    );
    if (decision.verdict === "halt-groups") {
      this.#haltedAtMs = elapsedMs;
      for (const group of decision.groups) this.#halted.add(group);
    }
    return decision;
  }
}

/** The places of groups among all of them. */
export function placesOf(names: readonly string[], groups: readonly { readonly name: string }[]): number[] {
  return names.map((name) => groups.findIndex((group) => group.name === name));
}
