import { isWithin, upperBound } from "./advance.ts";
import type { ReleaseCounts } from "./counts.ts";
import type { EvidencePlan } from "./plan.ts";
import { brakedCap, cap, left, unlimited } from "./ration.ts";
import { soakBudget } from "./soak.ts";
import { type StopVerdict, shouldStop } from "./stop.ts";

/**
 * Whether more clients have gone silent than the limit allows. A release that kills the client also kills its report, so that silence is
 * evidence; some clients are always silent, so that it needs a limit of its own.
 */
export function judgeMissing({ due, missing }: ReleaseCounts, plan: EvidencePlan, share: number): StopVerdict {
  return shouldStop({ installed: due, failed: missing, limit: plan.limits.missing, alpha: plan.alpha.missing * share });
}

/**
 * How many more clients may get the release while it is not proved that few enough go silent. {@link unlimited} without a soak:
 * who asks for none prefers the hours, and the test and the brake still look at silence.
 */
export function missingRoom(counts: ReleaseCounts, plan: EvidencePlan, fleet: number, delta: number): number {
  if (plan.soak === null) return unlimited;
  const { due, missing, inFlight } = counts;
  const limit = plan.limits.missing;
  if (isWithin(due, missing, limit, delta)) return unlimited;
  return left(cap(soakBudget(plan.soak, fleet), upperBound(due, missing, delta), limit), inFlight);
}

/** How many more clients may get the release while the evidence that it silences them is not refuted. */
export function missingBrake(counts: ReleaseCounts, plan: EvidencePlan, share: number, delta: number): number {
  const { due, missing, inFlight } = counts;
  const test = { installed: due, failed: missing, limit: plan.limits.missing, alpha: plan.alpha.missing * share };
  return left(brakedCap(test, upperBound(due, missing, delta)), inFlight);
}
