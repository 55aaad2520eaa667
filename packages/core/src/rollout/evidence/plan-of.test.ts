import { expect, test } from "vitest";
import { rolloutSchema } from "../schema.ts";
import { defaultPlan } from "./plan.ts";
import { planOf } from "./plan-of.ts";

const rulesOf = (evidence: object) => rolloutSchema.parse({ evidence }).evidence;

test("a file that names nothing gets the plan that was tuned, and three days to decide", () => {
  const rules = rulesOf({});
  expect(rules && planOf(rules)).toEqual({ ...defaultPlan, decideWithinMs: 3 * 86_400_000 });
});

test("what a file names counts", () => {
  const rules = rulesOf({
    "max-failure-rate": "2%",
    "max-crash-rate": "1%",
    "risk-budget": 50,
    soak: "0s",
    "report-deadline": "32m",
    "decide-within": "1d",
  });
  expect(rules && planOf(rules)).toMatchObject({
    limits: { failure: 0.02, group: 0.04, crash: 0.01, missing: 0.05 },
    ration: { least: 2, most: 50 },
    soak: null,
    reportDeadlineMs: 1_920_000,
    crashAgesMs: [1_800_000, 28_800_000, 172_800_000],
    decideWithinMs: 86_400_000,
  });
});
