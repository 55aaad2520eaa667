import { describe, expect, it } from "vitest";
import { noCounts } from "../evidence/counts.ts";
import { defaultPlan } from "../evidence/plan.ts";
import { evidence } from "./evidence.ts";
import { linear } from "./linear.ts";
import { steps } from "./steps.ts";
import type { RolloutView, Strategy } from "./strategy.ts";

const minute = 60_000;
const hour = 60 * minute;
const view = (elapsedMs: number, counts: Partial<RolloutView["counts"]> = {}): RolloutView => ({
  elapsedMs,
  fleet: 100_000,
  counts: { ...noCounts(3), ...counts },
  groups: [],
  haltedGroups: 0,
  sinceHaltMs: null,
});
const shareOf = (strategy: Strategy, elapsedMs: number) => {
  const decision = strategy(view(elapsedMs));
  if (decision.verdict !== "continue" || decision.exposure.by !== "share") return decision.verdict;
  return [decision.exposure.basisPoints, decision.nextDueMs];
};
const test = { limit: 0.01, alpha: 0.004 };

describe("steps", () => {
  const strategy = steps(
    [
      { to: 500, holdMs: 24 * hour },
      { to: 2_500, holdMs: 48 * hour },
    ],
    test,
  );

  it("holds each share for its time, then exposes everybody", () => {
    expect(shareOf(strategy, 0)).toEqual([500, 24 * hour]);
    expect(shareOf(strategy, 24 * hour - 1)).toEqual([500, 24 * hour]);
    expect(shareOf(strategy, 24 * hour)).toEqual([2_500, 72 * hour]);
    expect(shareOf(strategy, 72 * hour)).toEqual([10_000, null]);
  });

  it("never lowers the share", () => {
    const back = steps(
      [
        { to: 5_000, holdMs: hour },
        { to: 100, holdMs: hour },
      ],
      test,
    );
    expect(shareOf(back, hour)).toEqual([5_000, 2 * hour]);
  });
});

describe("linear", () => {
  it("rises by 10 % a minute from the first on", () => {
    const strategy = linear({ by: 1_000, everyMs: minute }, test);
    expect(shareOf(strategy, 0)).toEqual([1_000, minute]);
    expect(shareOf(strategy, 3.5 * minute)).toEqual([4_000, 4 * minute]);
    expect(shareOf(strategy, 9 * minute)).toEqual([10_000, null]);
  });

  it("refuses a ramp that does not rise", () => {
    expect(() => linear({ by: 0, everyMs: minute }, test)).toThrow(RangeError);
  });
});

describe("the stop test", () => {
  const failing = view(0, { installed: 2, failed: 2 });

  it("stops every strategy", () => {
    const all = [steps([], test), linear({ by: 1_000, everyMs: minute }, test), evidence(defaultPlan)];
    for (const strategy of all) expect(strategy(failing).verdict).toBe("stop");
  });

  it("can be switched off beside a clock, and then says that there is none", () => {
    expect(steps([], null)(failing)).toMatchObject({ verdict: "continue", why: { stopTest: null } });
  });
});

describe("evidence", () => {
  it("exposes clients one by one, and has no clock of its own", () => {
    expect(evidence(defaultPlan)(view(0))).toMatchObject({
      verdict: "continue",
      exposure: { by: "room", room: 2 },
      nextDueMs: null,
      why: { strategy: "evidence", admission: { heldBy: "failures" } },
    });
  });

  it("wakes at the end of the quiet after a halt, and when the time to decide is over", () => {
    const strategy = evidence({ ...defaultPlan, decideWithinMs: 24 * hour });
    const quiet = strategy({ ...view(hour), haltedGroups: 1, sinceHaltMs: minute });
    expect(quiet).toMatchObject({ nextDueMs: hour - minute + defaultPlan.reportDeadlineMs });
    expect(strategy(view(hour))).toMatchObject({ nextDueMs: 24 * hour });
    expect(strategy(view(24 * hour)).verdict).toBe("undecided");
  });
});
