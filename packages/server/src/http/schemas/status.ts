import { z } from "zod";
import { timeSchema, wayBackSchema } from "./names.ts";
import { powerSchema } from "./power.ts";
import { rollbackRequestSchema } from "./rollback-request.ts";
import { waveSchema } from "./wave.ts";

const clientsSchema = z.object({ reached: z.int(), healthy: z.int(), failed: z.int() });

const rationSchema = z.object({
  offered: z.int().describe("Clients that were offered it, or are under the share by which it is offered"),
  clients: z.int().describe("n: clients that count, without those of halted groups"),
  failed: z.int().describe("k: those of them that failed"),
  eValue: z.number().describe("E: the evidence against the release"),
  threshold: z.number().describe("Where E stops it"),
  upper: z.number().describe("U: the share of clients that may still fail, as a fraction"),
  limit: z.number().describe("The share that may, as a fraction"),
  most: z.int().nullable().describe("How many may be at risk at once; null: any number"),
  inFlight: z.int().describe("How many are"),
  heldBy: z.string(),
  haltedGroups: z.array(z.string()).readonly(),
  ofClients: z
    .int()
    .exactOptional()
    .describe("Of how many clients the share is by which it is offered; absent: clients are let in one by one"),
});

const activeSchema = z.object({
  promotion: z.string(),
  version: z.string(),
  status: z.enum(["active", "paused"]),
  basisPoints: z.number().describe("Share of the clients that get the release, 0 to 10,000, as it is asked for"),
  moving: z
    .literal(true)
    .exactOptional()
    .describe("Not all of the stage's targets, or not its feed, have that share yet"),
  wave: waveSchema,
  startedAt: timeSchema,
  waitsFor: z.string(),
  until: timeSchema.exactOptional(),
  overriddenBy: z.string().exactOptional(),
  clients: clientsSchema,
  ration: rationSchema.exactOptional().describe("Where exposure is paid for with evidence, until everybody gets it"),
});

const waitingSchema = z.object({
  promotion: z.string(),
  version: z.string(),
  waitsFor: z.array(z.object({ gate: z.string(), reason: z.string() })).readonly(),
  until: timeSchema.exactOptional(),
  overriddenBy: z.string().exactOptional(),
});

const targetSchema = z.object({
  name: z.string(),
  state: z.enum(["applied", "moving", "waiting", "retrying", "failed"]),
  has: z.string().nullable().describe("The version that it said last that everybody has there"),
  trial: z.object({ version: z.string(), basisPoints: z.number() }).exactOptional(),
  since: timeSchema.exactOptional(),
  reason: z.string().exactOptional(),
  progress: z
    .object({
      what: z.string().describe("What is counted, such as images copied"),
      done: z.int(),
      total: z.int(),
      bytes: z.object({ done: z.number(), total: z.number() }).exactOptional(),
    })
    .exactOptional()
    .describe(
      "How far it has got, where it says so. The server that is at it knows: others that share its store do not",
    ),
  drift: z
    .object({ text: z.string(), since: timeSchema, issue: z.string() })
    .exactOptional()
    .describe("Something else is live there than what it brought about"),
});
const verificationSchema = z
  .object({
    window: z.int().describe("Counted from 1"),
    windows: z.int(),
    until: timeSchema.describe("When the window ends, if the analysis passes then"),
    open: z.array(z.string()).readonly().describe("What does not pass at the moment"),
  })
  .describe("The release is still watched; with the last window it is one to go back to");

const frozenSchema = z.object({ by: z.string(), reason: z.string(), until: timeSchema.exactOptional() });

const stageSchema = z.object({
  name: z.string(),
  live: z
    .object({
      version: z.string(),
      since: timeSchema,
      promotion: z.string(),
      overriddenBy: z.string().exactOptional(),
      clients: clientsSchema,
      verification: verificationSchema.exactOptional(),
    })
    .nullable(),
  active: activeSchema.nullable(),
  waiting: z.array(waitingSchema).readonly(),
  rolledBack: z.array(z.string()).readonly(),
  wayBack: wayBackSchema
    .extend({ versions: z.array(z.string()).readonly() })
    .exactOptional()
    .describe("Clients that have these versions are sent back by and by; absent: all of them are"),
  rollbackRequest: rollbackRequestSchema.exactOptional().describe("Somebody asked that the stage go back"),
  held: z.object({ by: z.string(), version: z.string(), since: timeSchema }).nullable(),
  frozen: frozenSchema.nullable(),
  power: powerSchema.exactOptional().describe("While a release is on its way or waits"),
  stopTest: z.boolean(),
  stopTestNote: z.string().exactOptional().describe("Where the stop test compares: which limit is in force"),
  targets: z.array(targetSchema).readonly().describe("Where the release is put besides the feed, in their order"),
  inconsistent: z.string().nullable().describe("Why the targets do not all have the same"),
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
    frozen: frozenSchema.exactOptional().describe("Somebody has frozen every stage"),
    stages: z.array(stageSchema).readonly(),
  })
  .meta({ id: "Status" });
