import { digestSchema } from "@sluice/core/release/manifest.ts";
import { z } from "zod";
import { timeSchema, wayBackSchema } from "./names.ts";
import { powerSchema } from "./power.ts";
import { waveSchema } from "./wave.ts";

const evidenceSchema = z.record(z.string(), z.unknown());

const gateSchema = z.object({
  gate: z.string(),
  policy: z.string().exactOptional().describe("The policy that demands it"),
  verdict: z.enum(["pass", "fail", "wait"]),
  reason: z.string(),
  evidence: evidenceSchema,
  until: timeSchema.exactOptional(),
  who: z.string().exactOptional(),
});

const analysisSchema = z.object({
  analysis: z.string(),
  verdict: z.enum(["pass", "fail", "inconclusive"]),
  reason: z.string(),
  evidence: evidenceSchema,
});

/** Where a release stands with a stage, and why it goes no further. */
export const explanationSchema = z
  .object({
    app: z.string(),
    version: z.string(),
    stage: z.string(),
    at: timeSchema,
    standing: z.enum([
      "live",
      "complete",
      "rolling-out",
      "paused",
      "waiting",
      "ready",
      "rolled-back",
      "withdrawn",
      "not-in-line",
    ]),
    summary: z.string(),
    earliest: timeSchema.exactOptional(),
    notBefore: timeSchema.exactOptional(),
    promotion: z.string().exactOptional(),
    exposureBasisPoints: z.number().exactOptional(),
    wave: waveSchema,
    gates: z.array(gateSchema).readonly(),
    analysis: z.array(analysisSchema).readonly(),
    power: powerSchema.exactOptional().describe("While it waits or is rolled out"),
    plans: z
      .array(
        z.object({
          target: z.string(),
          at: timeSchema,
          changes: z.boolean().nullable(),
          text: z.string(),
          sha256: digestSchema.describe("Of the text: what an approval names"),
        }),
      )
      .readonly()
      .exactOptional()
      .describe("What the stage's targets would change, while it waits"),
    wayBack: wayBackSchema.exactOptional().describe("It was rolled back, and not everybody is sent back yet"),
    inconsistent: z.string().exactOptional().describe("Why the stage's targets do not all have the same"),
  })
  .meta({ id: "Explanation" });
