import { findCheck } from "@sluice/core/application/checks.ts";
import { nameSchema, versionSchema } from "@sluice/core/release/manifest.ts";
import { z } from "zod";
import { actorOf, groupsOf, requireStage } from "../auth.ts";
import type { HttpContext } from "../context.ts";
import { accepted } from "../problem.ts";
import { appParams, reasonSchema, timeSchema } from "../schemas/names.ts";
import { refusals } from "../schemas/refusals.ts";
import type { App } from "./route.ts";

const reportSchema = z.strictObject({
  version: versionSchema,
  name: nameSchema.describe("A check that a gate asks for, or an item of a stage's checklist"),
  stage: nameSchema.exactOptional().describe("Needed where the name stands for more than one thing"),
  result: z.enum(["pass", "fail"]),
  evidence: z
    .url({ protocol: /^https?$/, error: "must be a URL such as https://ci.example.com/runs/17" })
    .max(2_000)
    .exactOptional()
    .describe("Where more is to be read"),
  comment: reasonSchema.default(""),
});

const reportedSchema = reportSchema.extend({ by: z.string(), at: timeSchema });

/** Results from outside, and people's ticks. */
export function checkRoutes(app: App, { plane }: HttpContext): void {
  app.post(
    "/api/v1/apps/:app/checks",
    {
      config: { access: "attest" },
      schema: {
        summary: "Report the result of a check, or tick an item of a checklist",
        params: appParams,
        body: reportSchema,
        response: { 201: reportedSchema, ...refusals },
      },
    },
    async (request, reply) => {
      const { app: name } = request.params;
      const { evidence, ...report } = request.body;
      for (const { stage } of accepted(findCheck(accepted(plane.find(name)), report.name, report.stage)))
        requireStage(request, stage);
      const groups = groupsOf(request);
      const command = { type: "ReportCheck", ...report, groups, ...(evidence ? { url: evidence } : {}) } as const;
      const { events } = accepted(await plane.execute(name, command, actorOf(request)));
      const reported = events.find(({ type }) => type === "CheckReported");
      if (reported === undefined) throw new Error("a check was reported and is not there");
      return reply.code(201).send({ ...request.body, by: reported.actor, at: reported.at });
    },
  );
}
