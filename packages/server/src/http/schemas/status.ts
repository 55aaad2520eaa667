import { z } from "zod";
import { timeSchema } from "./names.ts";

const clientsSchema = z.object({ reached: z.int(), healthy: z.int(), failed: z.int() });

const activeSchema = z.object({
  promotion: z.string(),
  version: z.string(),
  status: z.enum(["active", "paused"]),
  basisPoints: z.int().describe("Share of the clients that get the release, 0 to 10,000"),
  startedAt: timeSchema,
  waitsFor: z.string(),
  until: timeSchema.exactOptional(),
  overriddenBy: z.string().exactOptional(),
  clients: clientsSchema,
});

const waitingSchema = z.object({
  promotion: z.string(),
  version: z.string(),
  waitsFor: z.array(z.object({ gate: z.string(), reason: z.string() })).readonly(),
  until: timeSchema.exactOptional(),
});

const stageSchema = z.object({
  name: z.string(),
  live: z.object({ version: z.string(), since: timeSchema, promotion: z.string(), clients: clientsSchema }).nullable(),
  active: activeSchema.nullable(),
  waiting: z.array(waitingSchema).readonly(),
  rolledBack: z.array(z.string()).readonly(),
  frozen: z.object({ by: z.string(), reason: z.string(), until: timeSchema.exactOptional() }).nullable(),
  stopTest: z.boolean(),
});

/** Every stage: what is live, what is on its way, and what it waits for. */
export const statusSchema = z
  .object({
    app: z.string(),
    at: timeSchema,
    seq: z.int(),
    pipelineDigest: z.string().nullable(),
    releases: z.int(),
    openIssues: z
      .array(z.object({ id: z.string(), version: z.string(), severity: z.string(), title: z.string() }))
      .readonly(),
    stages: z.array(stageSchema).readonly(),
  })
  .meta({ id: "Status" });
