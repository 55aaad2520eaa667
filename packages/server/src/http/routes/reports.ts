import { versionSchema } from "@sluice/core/release/manifest.ts";
import { rfc3339 } from "@sluice/core/time/instant.ts";
import { z } from "zod";
import type { Report } from "../../telemetry/reports.ts";
import type { HttpContext } from "../context.ts";
import { accepted } from "../problem.ts";
import { appParams, clientIdSchema, countQuery, timeSchema } from "../schemas/names.ts";
import { refusals } from "../schemas/refusals.ts";
import { countsSchema } from "../schemas/release.ts";
import type { App } from "./route.ts";

const reportSchema = z.object({
  channel: z.string(),
  clientId: z.string(),
  version: z.string(),
  status: z.enum(["in-progress", "completed", "failed", "rolled-back", "deferred", "altered"]),
  receivedAt: timeSchema,
  clientTime: z.string().exactOptional().describe("By the client's clock; not trusted for anything"),
  details: z.unknown().optional(),
});

const reportsQuery = z.object({
  version: versionSchema.exactOptional(),
  client: clientIdSchema.exactOptional(),
  limit: countQuery({ max: 1_000, default: 100 }),
});

/** What clients said, for people. */
export function reportRoutes(app: App, { plane }: HttpContext): void {
  app.get(
    "/api/v1/apps/:app/reports",
    {
      config: { access: "read" },
      schema: {
        summary: "Reports of clients, newest first",
        params: appParams,
        querystring: reportsQuery,
        response: { 200: z.object({ reports: z.array(reportSchema) }), ...refusals },
      },
    },
    async (request) => {
      const { version, client, limit } = request.query;
      accepted(plane.find(request.params.app));
      const filter = {
        ...(version === undefined ? {} : { version }),
        ...(client === undefined ? {} : { clientId: client }),
      };
      const reports = await plane.reports.recent(request.params.app, filter, limit);
      return { reports: reports.map(reportView) };
    },
  );

  app.get(
    "/api/v1/apps/:app/clients",
    {
      config: { access: "read" },
      schema: {
        summary: "Distinct clients of every version on every channel",
        params: appParams,
        response: { 200: z.object({ counts: z.array(countsSchema) }), ...refusals },
      },
    },
    async (request) => {
      accepted(plane.find(request.params.app));
      return { counts: await plane.reports.counts(request.params.app) };
    },
  );
}

function reportView({
  channel,
  clientId,
  version,
  status,
  receivedAt,
  clientTime,
  details,
}: Report): z.infer<typeof reportSchema> {
  return {
    channel,
    clientId,
    version,
    status,
    receivedAt: rfc3339(receivedAt),
    ...(clientTime === undefined ? {} : { clientTime }),
    ...(details === undefined ? {} : { details: JSON.parse(details) }),
  };
}
