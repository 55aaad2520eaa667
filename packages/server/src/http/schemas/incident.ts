import { severities } from "@sluice/core/pipeline/values.ts";
import { z } from "zod";
import { timeSchema } from "./names.ts";
import { carriedOutSchema } from "./rollback-request.ts";
import { waveSchema } from "./wave.ts";

const millis = z.number().describe("ms");

/** One rollback, with everything that is known of it. */
export const incidentSchema = z
  .object({
    id: z.string(),
    app: z.string(),
    stage: z.string(),
    promotion: z.string(),
    from: z.string().describe("The version that was taken out"),
    to: z.string().nullable().describe("What is offered instead; null: nothing"),
    cause: z.string(),
    reason: z.string(),
    evidence: z.record(z.string(), z.unknown()).describe("What was measured, and its limits"),
    status: z
      .enum(["open", "resolved"])
      .describe("resolved: the way back is served and no issue against the release is open"),
    rolledBackAt: timeSchema,
    timeline: z
      .array(
        z.object({
          at: timeSchema,
          seq: z.int().describe("Number of the event in the log"),
          what: z.string(),
          text: z.string(),
          by: z.string(),
        }),
      )
      .readonly(),
    withoutClients: z
      .literal(true)
      .exactOptional()
      .describe("The stage has no feed: the way back is served when its targets have gone it"),
    exposure: z.object({
      basisPoints: z.number(),
      wave: waveSchema,
      reached: z.int(),
      harmed: z.int(),
      rolledBack: z.int(),
    }),
    who: z.object({
      publishedBy: z.string(),
      requestedBy: z.string(),
      override: z.object({ by: z.string(), reason: z.string() }).exactOptional(),
      rolledBackBy: z.string(),
      rollbackRequest: carriedOutSchema.exactOptional(),
      automatic: z.boolean(),
      told: z.array(z.string()).readonly(),
    }),
    durations: z.object({
      exposedMs: millis.exactOptional(),
      harmToRollbackMs: millis.exactOptional().describe("Absent: the log has no sign of harm before the rollback"),
      rollbackToServedMs: millis.exactOptional(),
    }),
    issues: z
      .array(z.object({ id: z.string(), title: z.string(), severity: z.enum(severities), resolved: z.boolean() }))
      .readonly(),
    followUps: z.array(z.string()).readonly().describe("What is left to do, as far as the facts tell"),
  })
  .meta({ id: "Incident" });
