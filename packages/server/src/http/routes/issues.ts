import { nearestNames } from "@sluice/core/errors/nearest.ts";
import { reject } from "@sluice/core/errors/rejection.ts";
import { severities } from "@sluice/core/pipeline/values.ts";
import { versionSchema } from "@sluice/core/release/manifest.ts";
import { z } from "zod";
import { actorOf, requireEveryStage } from "../auth.ts";
import type { HttpContext } from "../context.ts";
import { accepted } from "../problem.ts";
import { issueSchema, issueView } from "../schemas/issue.ts";
import { appParams, idSchema, reasonSchema } from "../schemas/names.ts";
import { refusals } from "../schemas/refusals.ts";
import type { App } from "./route.ts";

const openSchema = z.strictObject({
  version: versionSchema,
  title: z.string().min(1).max(200),
  severity: z.enum(severities).default("warning"),
});

/** Problems reported against releases. */
export function issueRoutes(app: App, { plane }: HttpContext): void {
  app.post(
    "/api/v1/apps/:app/issues",
    {
      config: { access: "operate" },
      schema: {
        summary: "Open an issue against a release",
        params: appParams,
        body: openSchema,
        response: { 201: issueSchema, ...refusals },
      },
    },
    async (request, reply) => {
      const command = { type: "OpenIssue", ...request.body } as const;
      const { events, state } = accepted(await plane.execute(request.params.app, command, actorOf(request)));
      const opened = events.find((event) => event.type === "IssueOpened");
      const issue = state.issues.get(String(opened?.data.id));
      if (issue === undefined) throw new Error("an issue was opened and is not there");
      return reply.code(201).send(issueView(issue));
    },
  );

  app.get(
    "/api/v1/apps/:app/issues",
    {
      config: { access: "read" },
      schema: {
        summary: "Issues, newest first",
        params: appParams,
        querystring: z.object({ open: z.enum(["true", "false"]).exactOptional() }),
        response: { 200: z.object({ issues: z.array(issueSchema) }), ...refusals },
      },
    },
    async (request) => {
      const { open } = request.query;
      const issues = accepted(plane.find(request.params.app))
        .issues.valueSeq()
        .filter((issue) => open === undefined || (issue.resolved === undefined) === (open === "true"))
        .map(issueView)
        .toArray()
        .reverse();
      return { issues };
    },
  );

  app.post(
    "/api/v1/apps/:app/issues/:id/resolve",
    {
      config: { access: "operate" },
      schema: {
        summary: "Resolve an issue",
        params: appParams.extend({ id: idSchema }),
        body: z.strictObject({ comment: reasonSchema.exactOptional() }).nullish(),
        response: { 200: issueSchema, ...refusals },
      },
    },
    async (request) => {
      // To resolve an issue opens gates, whichever stage they stand before; to open one only closes them.
      requireEveryStage(request);
      const { app: name, id } = request.params;
      const command = { type: "ResolveIssue", id, comment: request.body?.comment ?? "" } as const;
      const { state } = accepted(await plane.execute(name, command, actorOf(request)));
      const issue =
        state.issues.get(id) ??
        reject("ISSUE_NOT_FOUND", `There is no issue "${id}".`, nearestNames(id, state.issues.keys()));
      return issueView(accepted(issue));
    },
  );
}
