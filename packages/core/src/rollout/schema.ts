import { z } from "zod";
import { oneOf } from "../pipeline/one-of.ts";
import { durationValue, shareValue } from "../pipeline/values.ts";

const stepSchema = z.strictObject({
  to: shareValue.describe("The share of the stage's clients that gets the release"),
  hold: durationValue.default(0).describe("How long to stay at this share before going on"),
});

const stepsSchema = z
  .array(stepSchema)
  .min(1)
  .max(100)
  .refine((steps) => steps.every((step, i) => step.to > (steps[i - 1]?.to ?? 0)), {
    error: "must rise from step to step",
    when: ({ issues }) => issues.length === 0,
  })
  .refine((steps) => steps.at(-1)?.to === 10_000, {
    error: "must end with a step to 100%",
    when: ({ issues }) => issues.length === 0,
  });

const linearSchema = z.strictObject({
  by: shareValue.refine((share) => share > 0, "must be more than 0%").describe("How much the share rises each time"),
  every: durationValue
    .refine((ms) => ms > 0, "must be longer than nothing")
    .describe("How long it stays before it rises again"),
});

/** How a release reaches a stage's clients: by one of these. */
export const rolloutSchema = oneOf(
  {
    steps: stepsSchema.describe("Shares that rise, each held for its time"),
    linear: linearSchema.describe("A share that rises evenly, by so much each time"),
  },
  "strategy",
);

export type Rollout = z.output<typeof rolloutSchema>;
