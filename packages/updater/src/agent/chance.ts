import type { Consent } from "./consent.ts";

/** Clients that wait for a window come spread over so much of its beginning at most, ms. */
const longestSpreadMs = 1_800_000;

/**
 * When to ask again after a refusal that time will lift, ms since the epoch; undefined when time alone lifts nothing. What a whole
 * fleet waits for is spread: evenly over the first half hour of the window, its first half where it is shorter than an hour, or
 * one interval where checks are more frequent than that.
 * @param random 0 (inclusive) to 1 (exclusive)
 */
export function chanceAt(
  { untilMs, closesMs = Number.POSITIVE_INFINITY, exactly }: Exclude<Consent, { given: true }>,
  { intervalMs }: { readonly intervalMs: number },
  random: number,
): number | undefined {
  if (untilMs === undefined || exactly) return untilMs;
  return untilMs + Math.min(longestSpreadMs, intervalMs, (closesMs - untilMs) / 2) * random;
}
