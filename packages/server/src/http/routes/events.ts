import { accessStream } from "@sluice/core/access/tokens.ts";
import { emptyHead } from "@sluice/core/log/chain.ts";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { secretDigest } from "../auth.ts";
import type { HttpContext } from "../context.ts";
import { accepted, ProblemError, problemOf } from "../problem.ts";
import { eventPageSchema } from "../schemas/events.ts";
import { appParams, countQuery } from "../schemas/names.ts";
import { refusals } from "../schemas/refusals.ts";
import type { App } from "./route.ts";

const seqSchema = z.coerce.number<string>().int().min(0).max(Number.MAX_SAFE_INTEGER);
const eventsQuery = z.object({
  after: seqSchema.default(0).describe("Events with a greater number"),
  limit: countQuery({ max: 1_000, default: 100 }),
});
type EventsQuery = z.infer<typeof eventsQuery>;

const description =
  "With `Accept: text/event-stream`, a live stream: `id` is the number, `event` the type, `data` the event. It goes on after " +
  "`Last-Event-ID`. A reader that is too slow is cut off, and can go on from there.";

/** The log: of an application, and of the server itself. */
export function eventRoutes(app: App, context: HttpContext): void {
  const { plane } = context;
  app.get(
    "/api/v1/apps/:app/events",
    {
      config: { access: "read" },
      schema: {
        summary: "The log of an application",
        description,
        produces: ["application/json", "text/event-stream"],
        params: appParams,
        querystring: eventsQuery,
        response: { 200: eventPageSchema, ...refusals },
      },
    },
    async (request, reply) => {
      const name = request.params.app;
      accepted(plane.find(name));
      return show(context, name, request.query, request, reply);
    },
  );

  app.get(
    "/api/v1/server/events",
    {
      config: { access: "administer" },
      schema: {
        summary: "The log of what belongs to no application: tokens",
        description,
        produces: ["application/json", "text/event-stream"],
        querystring: eventsQuery,
        response: { 200: eventPageSchema, ...refusals },
      },
    },
    async (request, reply) => show(context, accessStream, request.query, request, reply),
  );
}

async function show(
  context: HttpContext,
  log: string,
  query: EventsQuery,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const { plane, streams } = context;
  if (!wantsStream(request)) {
    const events = await plane.events.read(log, query.after, query.limit);
    return { events, head: plane.head(log) ?? emptyHead };
  }
  if (streams.full)
    throw new ProblemError(problemOf("TOO_MANY_STREAMS", "Close a stream that is not needed, or ask for pages."), {
      "retry-after": "5",
    });
  const last = seqSchema.safeParse(request.headers["last-event-id"] ?? "none");
  reply.hijack();
  await streams.send(log, last.success ? last.data : query.after, reply.raw, stillAllowed(context, request));
  return reply;
}

function wantsStream(request: FastifyRequest): boolean {
  return request.headers.accept?.includes("text/event-stream") === true;
}

/** A stream outlives its request: it ends when its token does. */
function stillAllowed({ plane }: HttpContext, request: FastifyRequest): () => boolean {
  const digest = request.token?.sha256 ?? secretDigest("");
  return () => plane.token(digest) !== undefined;
}
