import { describe, expect, test } from "vitest";
import { holdMs, nextExposure } from "./schedule.ts";

describe("steps", () => {
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
    expect(nextExposure({ steps }, basisPoints)).toBe(next);
    expect(holdMs({ steps }, basisPoints)).toBe(hold);
  });

  test("that do not lead to everybody end with everybody", () => {
    expect(nextExposure({ steps: [{ to: 500, hold: 0 }] }, 500)).toBe(10_000);
    expect(nextExposure({ steps: [] }, 0)).toBe(10_000);
  });
});

describe("a ramp", () => {
  const linear = { by: 3_000, every: 60 };

  test.each([
    [0, 3_000, 60],
    [3_000, 6_000, 60],
    [3_500, 6_500, 60],
    [9_000, 10_000, 60],
    [10_000, undefined, 0],
  ])("at %i basis points: next %s, held %i ms", (basisPoints, next, hold) => {
    expect(nextExposure({ linear }, basisPoints)).toBe(next);
    expect(holdMs({ linear }, basisPoints)).toBe(hold);
  });
});
