import { expect, test } from "vitest";
import { holdMs, nextExposure } from "./steps.ts";

const steps = [
  { to: 500, hold: 10 },
  { to: 2_500, hold: 20 },
  { to: 10_000, hold: 30 },
];

test.each([
  [0, 500, 0],
  [499, 500, 0],
  [500, 2_500, 10],
  [501, 2_500, 10],
  [2_500, 10_000, 20],
  [9_999, 10_000, 20],
  [10_000, undefined, 30],
])("at %i basis points: next %s, held %i ms", (basisPoints, next, hold) => {
  expect(nextExposure(steps, basisPoints)).toBe(next);
  expect(holdMs(steps, basisPoints)).toBe(hold);
});

test("steps that do not lead to everybody end with everybody", () => {
  expect(nextExposure([{ to: 500, hold: 0 }], 500)).toBe(10_000);
  expect(nextExposure([], 0)).toBe(10_000);
});
