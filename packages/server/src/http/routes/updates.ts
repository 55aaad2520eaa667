import { nameSchema, versionSchema } from "@sluice/core/release/manifest.ts";
import type { Member } from "@sluice/core/rollout/groups.ts";
import { z } from "zod";
import { detailsBytesMax } from "../../telemetry/counting.ts";
import { requireStage } from "../auth.ts";
import { attributePrefix } from "../check/ask.ts";
import { checkPath } from "../check/check.ts";
import type { HttpContext } from "../context.ts";
import { accepted, problemError } from "../problem.ts";
import { checkAnswerSchema, checkHeadersSchema } from "../schemas/check.ts";
import { clientIdSchema } from "../schemas/names.ts";
import { refusals } from "../schemas/refusals.ts";
import type { App } from "./route.ts";

const statusSchema = z.strictObject({
  version: versionSchema,
  status: z
    .enum(["in-progress", "completed", "failed", "rolled-back", "deferred", "altered"])
    .describe(
      "deferred: it was offered the version and waits, for its window or for a person; altered: what it has installed was changed by hand",
    ),
  timestamp: z.iso.datetime({ offset: true }).max(40).exactOptional().describe("By the client's clock"),
  details: z
    .record(z.string(), z.unknown())
    .exactOptional()
    .describe(
      "At most 16 KiB as JSON; durationMs is counted, and ordered: true says that it went back because it was told to",
    ),
});

const statusHeaders = z.object({ "x-app": nameSchema, "x-channel": nameSchema, "x-client-id": clientIdSchema });

/** A day: longer updates are a clock that was set. */
const longestDurationMs = 86_400_000;

/** What a client says of itself in the headers that every request of an updater has. */
function memberOf(headers: Readonly<Record<string, unknown>>): Member {
  const attributes: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(headers))
    if (name.startsWith(attributePrefix) && typeof value === "string")
      attributes[name.slice(attributePrefix.length)] = value;
  const platform = headers["x-platform"];
  return { attributes, ...(typeof platform === "string" ? { platform } : {}) };
}

/** What installed software asks and says. */
export function updateRoutes(app: App, { plane, check, metrics }: HttpContext): void {
  // The server answers GET before the framework sees it; this route is for the API's description and for HEAD.
  app.get(
    checkPath,
    {
      config: { access: "public" },
      // The headers are read by the check itself, so that there is one way to read them.
      validatorCompiler: () => (value) => ({ value }),
      schema: {
        summary: "Ask for an update",
        description: "Any header X-Attribute-NAME tells of the client's surroundings. 304 with If-None-Match.",
        headers: checkHeadersSchema,
        response: { 200: checkAnswerSchema, ...refusals },
      },
    },
    (request, reply) => {
      reply.hijack();
      check.answer(request.raw, reply.raw);
    },
  );

  app.post(
    "/api/v1/updates/status",
    {
      config: { access: "report" },
      schema: {
        summary: "Report how an update went",
        description: "Answered once the report is on disk. The same report again counts once.",
        headers: statusHeaders,
        body: statusSchema,
        response: { 202: z.object({ accepted: z.literal(true) }), ...refusals },
      },
    },
    async (request, reply) => {
      const { "x-app": name, "x-channel": channel, "x-client-id": clientId } = request.headers;
      const { version, status, timestamp, details } = request.body;
      requireStage(request, channel);
      const text = details === undefined ? undefined : JSON.stringify(details);
      if (text !== undefined && Buffer.byteLength(text) > detailsBytesMax)
        throw problemError("BODY_TOO_LARGE", `The details are longer than ${detailsBytesMax} bytes as JSON.`);
      const report = {
        app: name,
        channel,
        clientId,
        version,
        status,
        receivedAt: plane.clock.now(),
        ...(timestamp === undefined ? {} : { clientTime: timestamp }),
        ...(text === undefined ? {} : { details: text }),
        ...(details?.ordered === true ? { ordered: true } : {}),
      };
      const refused = await plane.report(report, memberOf(request.raw.headers));
      if (refused !== undefined) accepted(refused);
      if (status !== "in-progress" && status !== "altered") check.ended(name, channel, clientId, version, request.raw);
      const durationMs = details?.durationMs;
      if (
        status === "completed" &&
        typeof durationMs === "number" &&
        durationMs >= 0 &&
        durationMs <= longestDurationMs
      )
        metrics.updates.observeDuration({ app: name, version, channel }, durationMs / 1_000);
      return reply.code(202).send({ accepted: true });
    },
  );
}
