import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isWithin, upperBound } from "./advance.ts";
import { streams } from "./streams.testing.ts";

const delta = 0.05;
const counts = fc.tuple(fc.nat(20_000), fc.nat(500)).map(([healthy, k]) => ({ n: healthy + k, k }));

/** The mixture as it is written, for small counts. */
function mixture(n: number, k: number, q: number): number {
  const terms = [0, 0.1, 0.25, 0.5, 0.75].map((r) => r ** k * ((1 - r * q) / (1 - q)) ** (n - k));
  return terms.reduce((sum, term) => sum + term, 0) / terms.length;
}

describe("the upper bound", () => {
  it("is 1 when nothing is known, and when everything failed", () => {
    expect([upperBound(0, 0, delta), upperBound(3, 3, delta)]).toEqual([1, 1]);
  });

  it("falls under 1 % at about 25 failures in 5,000", () => {
    expect(upperBound(5_000, 25, delta)).toBeLessThan(0.01);
    expect(upperBound(5_000, 32, delta)).toBeGreaterThan(0.01);
  });

  it("is where the mixture reaches 1/delta", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.nat(20), (healthy, k) => {
        const upper = upperBound(healthy + k, k, delta);
        fc.pre(upper < 0.999999);
        expect(mixture(healthy + k, k, upper) * delta).toBeCloseTo(1, 4);
      }),
    );
  });

  it("lies over the share that failed, falls with healthy clients and rises with failures", () => {
    fc.assert(
      fc.property(counts, ({ n, k }) => {
        const upper = upperBound(n, k, delta);
        expect(upper).toBeGreaterThanOrEqual(n === 0 ? 1 : k / n);
        expect(upperBound(n + 1, k, delta)).toBeLessThanOrEqual(upper);
        expect(upperBound(n + 1, k + 1, delta)).toBeGreaterThanOrEqual(upper - 1e-9);
      }),
    );
  });

  it("is within a limit exactly when it is not over it", () => {
    fc.assert(
      fc.property(counts, fc.double({ min: 0.001, max: 0.5, noNaN: true }), ({ n, k }, limit) => {
        const upper = upperBound(n, k, delta);
        fc.pre(Math.abs(upper - limit) > 1e-6);
        expect(isWithin(n, k, limit, delta)).toBe(upper <= limit);
      }),
    );
  });

  it("ever falls under the true rate in no more than delta of 10,000 streams of 10,000 clients", () => {
    for (const rate of [0.01, 0.1]) {
      let missed = 0;
      for (const failures of streams({ seed: 3, count: 10_000, length: 10_000, rate })) {
        // Between two failures the bound only falls: it is lowest right before each failure, and at the end.
        const lowest = failures.some((place, index) => isWithin(place - 1, index, rate, delta));
        if (lowest || isWithin(10_000, failures.length, rate, delta)) missed++;
      }
      expect(missed).toBeGreaterThan(0);
      expect(missed / 10_000).toBeLessThan(delta);
    }
  });

  it("refuses counts that cannot be", () => {
    expect(() => upperBound(1, 2, delta)).toThrow("2 of 1 failed");
    expect(() => upperBound(1, 0, 0)).toThrow("missed bound");
  });
});
