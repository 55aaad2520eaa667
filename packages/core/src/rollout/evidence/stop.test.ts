import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eValue, failuresToStop, logEValue, shouldStop } from "./stop.ts";
import { streams } from "./streams.testing.ts";

const alpha = 0.003;
const stops = (installed: number, failed: number) => shouldStop({ installed, failed, limit: 0.01, alpha }).stop;
const counts = fc
  .tuple(fc.nat(50_000), fc.nat(2_000), fc.constantFrom(0.001, 0.01, 0.05, 0.3, 0.9))
  .map(([healthy, k, limit]) => ({ n: healthy + k, k, limit }));

describe("the stop test", () => {
  it("starts at 1, without evidence", () => {
    expect(eValue(0, 0, 0.01)).toBeCloseTo(1, 12);
  });

  it("needs two failures of two, three of five, four of ten, six of fifty", () => {
    expect([stops(2, 2), stops(5, 3), stops(10, 4), stops(50, 6)]).toEqual([true, true, true, true]);
    expect([stops(1, 1), stops(5, 2), stops(10, 2), stops(50, 4)]).toEqual([false, false, false, false]);
  });

  it("stays finite for a million failures and for a million healthy clients", () => {
    expect(eValue(1e6, 1e6, 0.01)).toBe(Number.MAX_VALUE);
    expect(eValue(1e6, 0, 0.01)).toBeGreaterThanOrEqual(0);
    expect(logEValue(1e6, 0, 0.01)).toBeGreaterThan(-1e5);
  });

  it("rises with each failure of the same clients and falls with each healthy one more", () => {
    fc.assert(
      fc.property(counts, ({ n, k, limit }) => {
        expect(logEValue(n + 1, k + 1, limit)).toBeGreaterThan(logEValue(n, k, limit));
        expect(logEValue(n + 1, k, limit)).toBeLessThan(logEValue(n, k, limit));
      }),
    );
  });

  it("is a fair bet at the limit: the mean over the next client is what it was", () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(20), fc.constantFrom(0.01, 0.05, 0.3, 0.9), (healthy, k, limit) => {
        const before = logEValue(healthy + k, k, limit);
        const failing = Math.exp(logEValue(healthy + k + 1, k + 1, limit) - before);
        const passing = Math.exp(logEValue(healthy + k + 1, k, limit) - before);
        expect(limit * failing + (1 - limit) * passing).toBeCloseTo(1, 9);
      }),
    );
  });

  it("says how many failures in a row would stop it", () => {
    fc.assert(
      fc.property(fc.nat(20_000), fc.nat(100), (healthy, k) => {
        const test = { installed: healthy + k, failed: k, limit: 0.01, alpha };
        const more = failuresToStop(test);
        expect(stops(test.installed + more, k + more)).toBe(true);
        if (more > 0) expect(stops(test.installed + more - 1, k + more - 1)).toBe(false);
      }),
    );
  });

  it("refuses counts and limits that cannot be", () => {
    expect(() => eValue(1, 2, 0.01)).toThrow("2 of 1 failed");
    expect(() => eValue(Number.NaN, 0, 0.01)).toThrow(RangeError);
    expect(() => eValue(1, 0, 1)).toThrow("limit");
    expect(() => shouldStop({ installed: 1, failed: 0, limit: 0.01, alpha: 0 })).toThrow("false stop");
  });

  it("ever stops less than alpha of 10,000 releases that fail exactly at the limit, in 10,000 clients each", () => {
    const level = 0.02;
    let stopped = 0;
    for (const failures of streams({ seed: 1, count: 10_000, length: 10_000, rate: 0.01 })) {
      // Between two failures the evidence only falls: it is enough to look at each failure.
      const ever = failures.some(
        (place, index) => shouldStop({ installed: place, failed: index + 1, limit: 0.01, alpha: level }).stop,
      );
      if (ever) stopped++;
    }
    expect(stopped).toBeGreaterThan(0);
    expect(stopped / 10_000).toBeLessThan(level);
  });

  it("stops no more of them when failures report at once and healthy clients late", () => {
    // All clients of a batch are installed, then their failures report first: the count is looked at after each report.
    const level = 0.02;
    const batch = 500;
    let stopped = 0;
    for (const failures of streams({ seed: 2, count: 10_000, length: 10_000, rate: 0.01 })) {
      const ever = failures.some((place, index) => {
        const installed = Math.ceil(place / batch) * batch;
        return shouldStop({ installed, failed: index + 1, limit: 0.01, alpha: level }).stop;
      });
      if (ever) stopped++;
    }
    expect(stopped / 10_000).toBeLessThan(level);
  });
});
