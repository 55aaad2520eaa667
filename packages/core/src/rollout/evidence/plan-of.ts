import type { EvidenceRules } from "../schema.ts";
import { defaultPlan, type EvidencePlan, soakOf } from "./plan.ts";

/** The crash ages of a deadline of 16 min are 15 min, 4 h and 24 h; those of another are as much longer or shorter. */
const ages = [15 / 16, 15, 90];

/**
 * The plan where clients are let in by a published share: nobody knows when they read it, so every time counts from then on that the last of them has.
 * @param askMs how long that takes
 */
export function planByShare(plan: EvidencePlan, askMs: number): EvidencePlan {
  return {
    ...plan,
    reportDeadlineMs: plan.reportDeadlineMs + askMs,
    soak: plan.soak && { ...plan.soak, ms: plan.soak.ms + askMs },
  };
}

/** The plan that a pipeline file's rules come to. What they do not name is as it was tuned: see {@link defaultPlan}. */
export function planOf(rules: EvidenceRules): EvidencePlan {
  const failure = rules["max-failure-rate"] / 10_000;
  const group = rules["max-group-failure-rate"];
  const deadlineMs = rules["report-deadline"];
  return {
    ...defaultPlan,
    limits: {
      failure,
      group: group === undefined ? 2 * failure : group / 10_000,
      crash: rules["max-crash-rate"] / 10_000,
      missing: rules["max-missing-rate"] / 10_000,
    },
    ration: { ...defaultPlan.ration, most: rules["risk-budget"] },
    soak: rules.soak === 0 ? null : soakOf(rules.soak),
    reportDeadlineMs: deadlineMs,
    crashAgesMs: ages.map((age) => Math.round(age * deadlineMs)),
    decideWithinMs: rules["decide-within"],
  };
}
