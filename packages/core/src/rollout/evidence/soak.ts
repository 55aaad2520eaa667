import { isWithin, upperBound } from "./advance.ts";
import type { ReleaseCounts } from "./counts.ts";
import type { EvidencePlan, Soak } from "./plan.ts";
import { cap, left, unlimited } from "./ration.ts";

/** B_s: how much harm that shows only after hours may be under way, for a fleet of so many clients. */
export function soakBudget({ least, share, most }: Soak, fleet: number): number {
  return Math.min(most, Math.max(least, share * fleet));
}

/**
 * How many more clients may get the release before those that have it have soaked. {@link unlimited} without a soak, and once
 * enough have soaked to prove the limits of failures and crashes together.
 */
export function soakRoom(counts: ReleaseCounts, plan: EvidencePlan, fleet: number, delta: number): number {
  if (plan.soak === null) return unlimited;
  const limit = plan.limits.failure + plan.limits.crash;
  const { soaked, soakedFailed, unsoaked } = counts;
  if (isWithin(soaked, soakedFailed, limit, delta)) return unlimited;
  return left(cap(soakBudget(plan.soak, fleet), upperBound(soaked, soakedFailed, delta), limit), unsoaked);
}
