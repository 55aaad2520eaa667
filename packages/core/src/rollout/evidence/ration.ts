import type { Ration } from "./plan.ts";
import { failuresToStop, type StopCounts } from "./stop.ts";

/**
 * As many clients as poll: no token is needed any more. The largest safe integer rather than infinity, which JSON and so the
 * log cannot hold.
 */
export const unlimited = Number.MAX_SAFE_INTEGER;

/**
 * How much harm may be in flight when the release can still be as bad as `upper` (fraction): little while nothing is known, more once
 * much is. In clients.
 */
export function riskBudget(upper: number, { least, factor, exponent, most }: Ration): number {
  return Math.min(most, Math.max(least, factor * upper ** -exponent));
}

/**
 * How many clients may be at risk so that, while the true rate p is at most `upper`, the expected harm among them stays
 * under `budget · p/(p − limit)` for every p over the limit. Whole clients; {@link unlimited} once the limit is proved.
 */
export function cap(budget: number, upper: number, limit: number): number {
  if (!(upper > limit)) return unlimited;
  return Math.min(unlimited, Math.floor(budget / (upper - limit)));
}

/**
 * The cap while the brake is on: so many clients that, failing at the worst plausible rate `upper`, they would just stop the release. Whoever got it beyond
 * these would be harmed for nothing, since the verdict would have come without them. At least 1, so that it does come.
 */
export function brakedCap(test: StopCounts, upper: number): number {
  return Math.max(1, Math.floor(failuresToStop(test) / upper));
}

/** What is left of a cap: whole clients, 0 or more. */
export function left(most: number, used: number): number {
  return most >= unlimited ? unlimited : Math.max(0, most - used);
}
