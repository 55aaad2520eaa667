import { z } from "zod";
import { explanationSchema } from "./explanation.ts";
import { timeSchema } from "./names.ts";

const shareSchema = z.number().min(0).max(10_000);
const roomSchema = z.int().nullable();

const obstacleSchema = z.object({
  obstacle: z.enum([
    "no-channel",
    "withdrawn",
    "rolled-back",
    "not-entered",
    "overtaken",
    "offered-to-nobody-new",
    "not-published",
    "newer-installed",
    "wrong-platform",
    "incompatible",
    "needs-stepping-stone",
    "halted",
    "wave-not-begun",
    "not-yet-exposed",
    "not-let-in",
    "other-first",
    "not-yet-sent-back",
    "nothing-to-go-back-to",
  ]),
  detail: z.string(),
  until: timeSchema.exactOptional(),
  who: z.string(),
});

const clientSchema = z.object({
  id: z.string(),
  version: z.string().exactOptional(),
  versionFrom: z.enum(["asked", "reports", "unknown"]),
  platform: z.string().exactOptional(),
  attributes: z.record(z.string(), z.string()),
});

const admissionSchema = z.object({
  promotion: z.string(),
  letIn: z.boolean(),
  at: timeSchema.exactOptional(),
  number: z.int().exactOptional(),
  offered: z.int(),
  ration: z.number().nullable().exactOptional(),
  inFlight: z.int().exactOptional(),
  room: roomSchema,
  groups: z.array(z.object({ group: z.string(), room: roomSchema })).readonly(),
});

const saidSchema = z.object({
  version: z.string(),
  status: z.enum(["in-progress", "completed", "failed", "rolled-back", "deferred", "altered"]),
  at: timeSchema,
  reason: z.string().exactOptional(),
});

/** Why one client did, or did not, get one release in one stage. */
export const clientExplanationSchema = z
  .object({
    app: z.string(),
    version: z.string(),
    stage: z.string(),
    at: timeSchema,
    client: clientSchema,
    standing: z.enum(["has-it", "leaves-it", "gets-it", "past-it", "does-not-get-it"]),
    summary: z.string(),
    next: z
      .object({ version: z.string(), mandatory: z.boolean(), rollback: z.boolean() })
      .nullable()
      .describe("What its next check is answered with"),
    obstacles: z.array(obstacleSchema).readonly(),
    exposure: z.object({ place: shareSchema, offered: shareSchema }).exactOptional(),
    admission: admissionSchema.exactOptional(),
    reports: z.array(saidSchema).readonly().describe("What it said on this channel, newest first"),
    release: explanationSchema.pick({ standing: true, summary: true }),
  })
  .meta({ id: "ClientExplanation" });
