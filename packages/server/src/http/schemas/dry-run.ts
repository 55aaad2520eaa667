import { z } from "zod";
import { timeSchema } from "./names.ts";

const verdictSchema = z.enum(["pass", "fail", "wait"]).nullable();

const gateChangeSchema = z.object({
  gate: z.string(),
  before: verdictSchema.describe("null: the stage does not have the gate now"),
  after: verdictSchema.describe("null: the stage will not have the gate"),
  reason: z.string(),
  until: timeSchema.exactOptional(),
});

const consequenceSchema = z.object({
  what: z.enum([
    "requested",
    "started",
    "exposed",
    "wave-begun",
    "completed",
    "paused",
    "rolled-back",
    "aborted",
    "superseded",
  ]),
  basisPoints: z.number().exactOptional(),
  reason: z.string().exactOptional(),
  to: z.string().nullable().exactOptional(),
});

const forecastSchema = z.object({
  version: z.string(),
  promotion: z.string(),
  before: z.enum(["waiting", "active", "paused", "live"]).nullable().describe("null: the change itself asks for it"),
  gates: z
    .array(gateChangeSchema)
    .readonly()
    .describe("Those that the change opens, closes, adds, takes away or moves"),
  earliest: z
    .object({ before: timeSchema.exactOptional(), after: timeSchema.exactOptional() })
    .describe("When it can move by time alone, as things stand"),
  summary: z.object({ before: z.string().exactOptional(), after: z.string().exactOptional() }),
  follows: z.array(consequenceSchema).readonly().describe("What happens as soon as the pipeline is applied"),
});

/** What applying a pipeline would do. */
export const dryRunSchema = z
  .object({
    app: z.string(),
    at: timeSchema,
    created: z.boolean(),
    changed: z.boolean(),
    stages: z
      .array(
        z.object({
          stage: z.string(),
          change: z.enum(["added", "removed", "changed", "same"]),
          settings: z.array(z.string()).readonly().describe("Which of the stage's settings differ"),
          promotions: z.array(forecastSchema).readonly().describe("Everything in flight that the change touches"),
        }),
      )
      .readonly(),
  })
  .meta({ id: "DryRun" });
