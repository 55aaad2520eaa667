import fc from "fast-check";
import { expect, test } from "vitest";
import { limitOfHistory } from "./history.ts";
import { shouldStop } from "./stop.ts";
import { streams } from "./streams.testing.ts";

const alpha = 0.004;

/** Whether a new release is ever stopped that is counted beside an earlier one, each a stream of its failing clients. */
function everStops(earlier: readonly number[], newer: readonly number[], history: number): boolean {
  return newer.some((place, index) => {
    // Between two failures of the new release the evidence only falls, so looking at the failures is looking always.
    const clients = history + place;
    const failed = earlier.filter((each) => each <= clients).length;
    const limit = limitOfHistory({ clients, failed }, alpha / 2);
    if (limit === undefined) return false;
    return shouldStop({ installed: place, failed: index + 1, limit, alpha: alpha / 2 }).stop;
  });
}

test("a release that fails as often as the one before is stopped no more often than alpha says, also as the history grows", () => {
  for (const [rate, seed] of [
    [0.02, 1],
    [0.005, 2],
    [0.1, 3],
  ] as const) {
    const count = 600;
    const earlier = [...streams({ seed, count, length: 2_500, rate })];
    const newer = [...streams({ seed: seed + 100, count, length: 2_000, rate })];
    const stopped = newer.filter((places, i) => everStops(earlier[i] ?? [], places, 500)).length;
    // Beyond this a rate of alpha would be seen once in ten thousand such tests.
    expect(stopped).toBeLessThanOrEqual(9);
  }
});

test("one that fails four times as often is stopped", () => {
  const earlier = [...streams({ seed: 7, count: 50, length: 4_000, rate: 0.02 })];
  const newer = [...streams({ seed: 8, count: 50, length: 2_000, rate: 0.08 })];
  const stopped = newer.filter((places, i) => everStops(earlier[i] ?? [], places, 2_000)).length;
  expect(stopped).toBe(50);
});

test("a lower limit needs no more failures to stop: what stops at one stops at every lower one", () => {
  const rate = fc.double({ min: 0.001, max: 0.5, noNaN: true });
  fc.assert(
    fc.property(
      rate,
      rate,
      fc.integer({ min: 1, max: 5_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (a, b, n, share) => {
        const failed = Math.round(n * share);
        const at = (limit: number) => shouldStop({ installed: n, failed, limit, alpha: alpha / 2 }).stop;
        if (at(Math.max(a, b))) expect(at(Math.min(a, b))).toBe(true);
      },
    ),
    { numRuns: 5_000 },
  );
});

test("a short history is none, and a hopeless one is no licence", () => {
  expect(limitOfHistory({ clients: 299, failed: 6 }, alpha)).toBeUndefined();
  expect(limitOfHistory({ clients: 1_000, failed: 20 }, alpha)).toBeGreaterThan(0.02);
  expect(limitOfHistory({ clients: 1_000, failed: 20 }, alpha)).toBeLessThan(0.05);
  expect(limitOfHistory({ clients: 1_000, failed: 900 }, alpha)).toBe(0.5);
});
