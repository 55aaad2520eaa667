import { z } from "zod";
import { durationValue, shareValue } from "../pipeline/values.ts";
import { attributeSchema } from "./groups.ts";
import { wavesSchema } from "./waves/schema.ts";

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

const rateValue = shareValue.refine((share) => share > 0 && share <= 5_000, "must be more than 0% and at most 50%");

const evidenceSchema = z.strictObject({
  "max-failure-rate": rateValue.default(100).describe("The failure rate above which a release does harm"),
  "max-group-failure-rate": rateValue
    .exactOptional()
    .describe("The same for one group of clients alone; twice that of the whole where it is not given"),
  "max-crash-rate": rateValue
    .default(50)
    .describe("The share of clients that may be harmed after their health was confirmed"),
  "max-missing-rate": rateValue.default(500).describe("The share of clients that may never report"),
  "risk-budget": z
    .int()
    .min(2)
    .max(1_000)
    .default(20)
    .describe("How much harm may be under way at most: it begins with two clients and grows with what is known"),
  soak: durationValue
    .default(28_800_000)
    .describe("How long enough clients must have had it before everybody gets it; 0s for no soak"),
  "report-deadline": durationValue
    .refine((ms) => ms >= 1_000, "must be at least 1s")
    .default(960_000)
    .describe("When a client that has not reported counts as missing"),
  "decide-within": durationValue
    .refine((ms) => ms > 0, "must be longer than nothing")
    .default(259_200_000)
    .describe("When a rollout that the evidence has not decided is paused for a person"),
  admission: z
    .enum(["check", "share"])
    .exactOptional()
    .describe(
      "How clients are let in: one by one as they ask the server, or by a share that the feed names; absent: by a share where the feed is served as files",
    ),
  fleet: z
    .int()
    .min(1)
    .max(100_000_000)
    .exactOptional()
    .describe("With a share: how many clients read the feed at least, where fewer have reported lately"),
  clients: z
    .enum(["any", "authenticated"])
    .exactOptional()
    .describe("Who is let in: whoever asks (any, the default), or only who sends a token that may report"),
  groups: z
    .array(attributeSchema)
    .max(4)
    .refine((names) => new Set(names).size === names.length, "must not name an attribute twice")
    .default([])
    .describe("Attributes whose values are watched by themselves, and halted alone: platform, or any X-Attribute-NAME"),
});

const strategies = {
  steps: stepsSchema.describe("Shares that rise, each held for its time"),
  linear: linearSchema.describe("A share that rises evenly, by so much each time"),
  evidence: evidenceSchema.describe("As many clients at a time as the evidence pays for"),
};

const strategyNames = Object.keys(strategies) as (keyof typeof strategies)[];

/** How a release reaches a stage's clients: by one of the strategies, in each of the waves. */
export const rolloutSchema = z
  .strictObject({
    ...strategies,
    waves: wavesSchema.describe("Parts of the stage that get it one after the other, each by the strategy"),
  })
  .partial()
  .refine((given) => strategyNames.filter((name) => given[name] !== undefined).length === 1, {
    error: `must name exactly one strategy: ${strategyNames.join(", ")}`,
  });

export type Rollout = z.output<typeof rolloutSchema>;
export type EvidenceRules = NonNullable<Rollout["evidence"]>;
