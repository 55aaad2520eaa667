import { stagesOf } from "@sluice/core/application/context.ts";
import { stageOf } from "@sluice/core/application/state.ts";
import { nameSchema, versionSchema } from "@sluice/core/release/manifest.ts";
import { historyOf } from "@sluice/core/views/history.ts";
import { statusOf } from "@sluice/core/views/status.ts";
import { explain } from "@sluice/core/views/why.ts";
import { z } from "zod";
import type { HttpContext } from "../context.ts";
import { accepted } from "../problem.ts";
import { deploymentSchema } from "../schemas/deployment.ts";
import { explanationSchema } from "../schemas/explanation.ts";
import { appParams, countQuery } from "../schemas/names.ts";
import { refusals } from "../schemas/refusals.ts";
import { statusSchema } from "../schemas/status.ts";
import type { App } from "./route.ts";

const appListSchema = z.object({
  apps: z.array(
    z.object({
      app: z.string(),
      seq: z.int().describe("Number of its last event"),
      stages: z.array(z.string()),
      live: z.record(z.string(), z.string().nullable()).describe("Stage → the version that is live there"),
    }),
  ),
});

const historyQuery = z.object({
  stage: nameSchema.exactOptional(),
  version: versionSchema.exactOptional(),
  limit: countQuery({ max: 1_000, default: 100 }),
  offset: z.coerce.number<string>().int().min(0).max(10_000_000).default(0),
});

/** What can be seen of applications as a whole. */
export function appRoutes(app: App, { plane, progress }: HttpContext): void {
  app.get(
    "/api/v1/apps",
    {
      config: { access: "read" },
      schema: { summary: "All applications", response: { 200: appListSchema, ...refusals } },
    },
    async ({ token }) => ({
      apps: plane.apps().flatMap((name) => {
        const state = plane.state(name);
        if (state === undefined || token?.apps?.includes(name) === false) return [];
        const stages = stagesOf(state).map((stage) => stage.name);
        const live = Object.fromEntries(stages.map((stage) => [stage, stageOf(state, stage).live?.version ?? null]));
        return [{ app: name, seq: state.seq, stages, live }];
      }),
    }),
  );

  app.get(
    "/api/v1/apps/:app/status",
    {
      config: { access: "read" },
      schema: {
        summary: "Stages, live and on the way",
        params: appParams,
        response: { 200: statusSchema, ...refusals },
      },
    },
    async (request) => {
      const name = request.params.app;
      accepted(plane.find(name));
      const measurements = await plane.measure(name);
      return statusOf(accepted(plane.find(name)), measurements, plane.now(name), progress(name));
    },
  );

  app.get(
    "/api/v1/apps/:app/why/:version/:stage",
    {
      config: { access: "read" },
      schema: {
        summary: "Why a release is, or is not, in a stage",
        params: z.object({ app: nameSchema, version: versionSchema, stage: nameSchema }),
        response: { 200: explanationSchema, ...refusals },
      },
    },
    async (request) => {
      const { app: name, version, stage } = request.params;
      accepted(plane.find(name));
      const measurements = await plane.measure(name);
      return accepted(explain(accepted(plane.find(name)), { version, stage }, measurements, plane.now(name)));
    },
  );

  app.get(
    "/api/v1/apps/:app/history",
    {
      config: { access: "read" },
      schema: {
        summary: "Deployments, newest first",
        params: appParams,
        querystring: historyQuery,
        response: { 200: z.object({ deployments: z.array(deploymentSchema), total: z.int() }), ...refusals },
      },
    },
    async (request) => {
      const { limit, offset, ...filter } = request.query;
      const all = historyOf(accepted(plane.find(request.params.app)), filter);
      return { deployments: all.slice(offset, offset + limit), total: all.length };
    },
  );
}
