import { describe, expect, test } from "vitest";
import { wayBackSteps } from "./way-back.ts";

const hour = 3_600_000;
const quarters = [
  { to: 2_500, afterMs: 0 },
  { to: 5_000, afterMs: hour },
  { to: 7_500, afterMs: hour },
  { to: 10_000, afterMs: hour },
];

describe("the steps of a way back", () => {
  test("are those of the rollout, each held no shorter than it takes every client to ask", () => {
    const steps = [
      { to: 1_000, hold: 2 * hour },
      { to: 5_000, hold: 0 },
      { to: 10_000, hold: 0 },
    ];
    expect(wayBackSteps({ steps }, hour)).toEqual([
      { to: 1_000, afterMs: 0 },
      { to: 5_000, afterMs: 2 * hour },
      { to: 10_000, afterMs: hour },
    ]);
  });

  test.each([
    ["no steps", {}],
    ["one step to everybody", { steps: [{ to: 10_000, hold: hour }] }],
  ])("are quarters for a rollout of %s", (_, rollout) => expect(wayBackSteps(rollout, hour)).toEqual(quarters));

  test("are those of a ramp, at most a hundred of them, at its pace", () => {
    expect(wayBackSteps({ linear: { by: 4_000, every: 2 * hour } }, hour)).toEqual([
      { to: 4_000, afterMs: 0 },
      { to: 8_000, afterMs: 2 * hour },
      { to: 10_000, afterMs: 2 * hour },
    ]);
    const fine = wayBackSteps({ linear: { by: 30, every: hour } }, hour);
    expect(fine).toHaveLength(84);
    expect(fine[1]).toEqual({ to: 240, afterMs: 4 * hour });
  });
});
