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
 *
 * The first few that soak say little, and where reports are slow they are hours ahead of the others: nobody beyond the budget follows them before the bound
 * is where a good part of the budget would bring it if all of that soaked well. Then most of the budget is nearly as old, and what was to be
 * seen was seen; so more may follow at once.
 */
export function soakRoom(counts: ReleaseCounts, plan: EvidencePlan, fleet: number, delta: number): number {
  if (plan.soak === null) return unlimited;
  const limit = plan.limits.failure + plan.limits.crash;
  const { soaked, soakedFailed, unsoaked } = counts;
  if (isWithin(soaked, soakedFailed, limit, delta)) return unlimited;
  const { first, growth } = plan.soak;
  const budget = soakBudget(plan.soak, fleet);
  const upper = upperBound(soaked, soakedFailed, delta);
  const begins = upper > upperBound(Math.ceil(first * budget), 0, delta);
  return left(begins ? Math.floor(budget) : cap(growth * budget, upper, limit), unsoaked);
}
