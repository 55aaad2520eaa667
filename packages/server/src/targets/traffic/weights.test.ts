import fc from "fast-check";
import { expect, test } from "vitest";
import { weightsFor } from "./weights.ts";

const weightsOf = (servers: Parameters<typeof weightsFor>[0], basisPoints: number) =>
  weightsFor(servers, basisPoints, 256);

test.each([
  [1_000, { main: 9, trial: 1 }],
  [100, { main: 99, trial: 1 }],
  [5_000, { main: 1, trial: 1 }],
  [9_900, { main: 1, trial: 99 }],
])("%i basis points between two servers are %j", (basisPoints, weights) => {
  expect(weightsOf({ main: 1, trial: 1 }, basisPoints)).toMatchObject({ ...weights, basisPoints });
});

test("every whole percent between up to five servers a side is met within a tenth of a percent", () => {
  const count = fc.integer({ min: 1, max: 5 });
  fc.assert(
    fc.property(count, count, fc.integer({ min: 2, max: 98 }), (main, trial, percent) => {
      const weights = weightsOf({ main, trial }, percent * 100);
      expect(Math.abs(weights.basisPoints - percent * 100)).toBeLessThanOrEqual(10);
      for (const weight of [weights.main, weights.trial]) {
        expect(weight).toBeGreaterThanOrEqual(1);
        expect(weight).toBeLessThanOrEqual(256);
      }
    }),
  );
});

test("what is finer than weights go is told by what comes of it", () => {
  expect(weightsOf({ main: 1, trial: 1 }, 1).basisPoints).toBeCloseTo(38.9, 1);
});
