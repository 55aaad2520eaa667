import { z } from "zod";
import { alertsSchema } from "../alerts/alert-labels.ts";
import { analysisSchema } from "../analysis/schema.ts";
import { discoverSchema } from "../discovery/schema.ts";
import { gateShape } from "../gates/kinds.ts";
import { promoteOnSchema } from "../gates/promote-on/schema.ts";
import { notificationsSchema } from "../notifications/schema.ts";
import { nameSchema } from "../release/manifest.ts";
import { admissionBy } from "../rollout/admission-by.ts";
import { rolloutSchema } from "../rollout/schema.ts";
import { canShare, targetSchema } from "../targets/schema.ts";
import { oneOf } from "./one-of.ts";
import { wrongReferences } from "./references.ts";
import { durationValue } from "./values.ts";

const gateSchema = oneOf(gateShape, "gate");

/** Whether a target is an update feed, from which each client learns what it gets. */
const tellsApart = (target: object) => "channel" in target || "static" in target;

export const stageSchema = z
  .strictObject({
    name: nameSchema,
    "promote-on": promoteOnSchema
      .exactOptional()
      .describe(
        "What asks for a release to enter this stage; without it, every release that completed in the stage before does",
      ),
    gates: z.array(gateSchema).max(50).default([]).describe("What must hold before a release enters this stage"),
    rollout: rolloutSchema
      .default({ steps: [{ to: 10_000, hold: 0 }] })
      .describe("How the release reaches the stage's clients"),
    analysis: z.array(analysisSchema).max(20).default([]).describe("What is measured during and after the rollout"),
    verify: z
      .array(durationValue.refine((ms) => ms > 0, "must be longer than nothing"))
      .max(10)
      .refine((ends) => ends.every((end, i) => end > (ends[i - 1] ?? 0)), {
        error: "must rise: each is the end of a window that begins where the one before ends",
        when: ({ issues }) => issues.length === 0,
      })
      .default([])
      .describe(
        "For how long the analysis goes on after everybody has the release: the ends of the windows, such as 15m, 1h",
      ),
    "stop-test": z
      .union(
        [
          z.boolean(),
          z.strictObject({
            compare: z
              .enum(["history", "control"])
              .describe(
                "Where no limit is known: more than what was live here before has failed is too many, or than fails for those who take that on in the same time",
              ),
          }),
        ],
        { error: "must be true, false, { compare: history } or { compare: control }" },
      )
      .default(true)
      .describe(
        "Whether a sequential test of the clients' reports, valid at every moment, stops a harmful release by itself",
      ),
    downloads: z
      .strictObject({
        "at-most": z.int().min(1).max(1_000_000).describe("How many clients may download from one node at once"),
        for: durationValue
          .refine((ms) => ms >= 1_000, "must be at least 1s")
          .default(900_000)
          .describe("After how long a download of which nothing was heard counts as ended"),
      })
      .exactOptional()
      .describe("A ceiling on the clients that download at the same time; the others are told to come back soon"),
    "on-failure": z
      .enum(["rollback", "pause"])
      .default("rollback")
      .describe("What follows a failing analysis or a gate that closes"),
    "when-newer": z
      .enum(["wait", "supersede"])
      .default("wait")
      .describe("Whether a newer release waits for the promotion in progress, or takes its place"),
    targets: z
      .array(targetSchema)
      .min(1)
      .max(20)
      .default([{ channel: {} }])
      .describe("Where the stage's release is put"),
    drift: z
      .union([z.literal(false), durationValue.refine((ms) => ms >= 1_000 && ms <= 604_800_000, "must be 1s to 7d")])
      .optional()
      .describe("How often what is live at the targets is compared with what should be; absent: 15m. false: never"),
  })
  .refine(({ rollout, targets }) => rollout.steps?.length === 1 || canShare(targets), {
    path: ["rollout"],
    error:
      "cannot be gradual: none of this stage's targets can show a release to a part of it (channel and traffic can)",
    when: ({ issues }) => issues.length === 0,
  })
  .refine(({ rollout, targets }) => rollout.evidence === undefined || targets.every(tellsApart), {
    path: ["rollout", "evidence"],
    error: "is about clients, one by one, which only channel and static can tell apart: the stage has another target",
    when: ({ issues }) => issues.length === 0,
  })
  .refine(
    ({ rollout, targets }) =>
      rollout.evidence?.admission !== "check" || targets.every(({ channel }) => channel !== undefined),
    {
      path: ["rollout", "evidence", "admission"],
      error:
        "cannot be check where the feed is served as files: nobody asks there. Leave it out, and a share is published",
      when: ({ issues }) => issues.length === 0,
    },
  )
  .refine((stage) => stage.rollout.evidence?.fleet === undefined || admissionBy(stage) === "share", {
    path: ["rollout", "evidence", "fleet"],
    error: "is for a share that the feed names, where nobody asks: with admission: check the clients count themselves",
    when: ({ issues }) => issues.length === 0,
  })
  .refine((stage) => stage.rollout.evidence?.clients !== "authenticated" || admissionBy(stage) === "check", {
    path: ["rollout", "evidence", "clients"],
    error:
      "cannot be authenticated where a share is published: whoever reads the feed gets what it names, and nobody asks. Reports need a token all the same. Leave it out, or use admission: check",
    when: ({ issues }) => issues.length === 0,
  })
  .refine(
    (stage) =>
      stage.rollout.waves === undefined || stage.rollout.evidence === undefined || admissionBy(stage) === "check",
    {
      path: ["rollout", "waves"],
      error:
        "cannot pay with evidence by a share: who belongs to a wave is known only of clients that ask. Use admission: check with channel alone, or steps",
      when: ({ issues }) => issues.length === 0,
    },
  )
  .refine(({ rollout, targets }) => rollout.waves === undefined || targets.every(tellsApart), {
    path: ["rollout", "waves"],
    error:
      "tell clients apart by what they say of themselves, which only channel and static can: the stage has another target",
    when: ({ issues }) => issues.length === 0,
  })
  .refine(({ rollout, analysis }) => rollout.evidence === undefined || !analysis.some((one) => "clients" in one), {
    path: ["analysis"],
    error: "has clients, whom rollout.evidence counts itself: leave it out, and set the rates there",
    when: ({ issues }) => issues.length === 0,
  })
  .refine((stage) => stage.rollout.evidence === undefined || typeof stage["stop-test"] === "boolean", {
    path: ["stop-test"],
    error:
      "compares only beside steps and linear: exposure is paid for with evidence against the limits of rollout.evidence",
    when: ({ issues }) => issues.length === 0,
  })
  .refine((stage) => stage.rollout.evidence === undefined || stage["stop-test"] !== false, {
    path: ["stop-test"],
    error: "cannot be switched off where exposure is paid for with evidence: its tests are what pays",
    when: ({ issues }) => issues.length === 0,
  });

export const pipelineSchema = z.strictObject({
  apiVersion: z.literal("sluice/v1"),
  app: nameSchema.refine((name) => !name.startsWith("_"), "must not begin with an underscore"),
  clients: z
    .strictObject({
      "check-every": durationValue
        .refine((ms) => ms >= 100, "must be at least 100ms")
        .default(21_600_000)
        .describe("How often a client asks for updates"),
    })
    .default({ "check-every": 21_600_000 }),
  discover: discoverSchema.optional(),
  notifications: notificationsSchema.optional().describe("Who is told of what happens"),
  alerts: alertsSchema.optional().describe("How alerts of monitors are read"),
  stages: z
    .array(stageSchema)
    .min(1)
    .max(100)
    .refine(
      (stages) => new Set(stages.map((stage) => stage.name)).size === stages.length,
      "must not name a stage twice",
    )
    .superRefine((stages, context) => {
      for (const { path, message } of wrongReferences(stages)) context.addIssue({ code: "custom", path, message });
    }),
});

/** A pipeline as it was read: durations in ms, shares in basis points, every default filled in. */
export type Pipeline = z.output<typeof pipelineSchema>;
export type Stage = Pipeline["stages"][number];
export type Gate = Stage["gates"][number];
/** How many clients of a stage may download at once; `for` in ms. */
export type StageDownloads = NonNullable<Stage["downloads"]>;

/** The JSON Schema (2020-12) of the pipeline file, for editors. */
export function pipelineJsonSchema(): object {
  return { title: "Sluice pipeline", ...z.toJSONSchema(pipelineSchema, { io: "input" }) };
}
