import { z } from "zod";
import type { HttpContext } from "../context.ts";
import { refusals } from "../schemas/refusals.ts";
import type { App } from "./route.ts";

const readySchema = z.object({ status: z.enum(["ready", "not-ready"]), checks: z.record(z.string(), z.string()) });

/** For whoever keeps the server running, and for Prometheus. */
export function healthRoutes(app: App, { readiness, metrics }: HttpContext): void {
  app.get(
    "/health/live",
    {
      config: { access: "public" },
      schema: { summary: "The process runs", response: { 200: z.object({ status: z.literal("live") }) } },
    },
    async () => ({ status: "live" as const }),
  );

  app.get(
    "/health/ready",
    {
      config: { access: "public" },
      schema: { summary: "The server can do its work", response: { 200: readySchema, 503: readySchema } },
    },
    async (_request, reply) => {
      const { ready, checks } = await readiness();
      reply.header("cache-control", "no-store");
      return reply.code(ready ? 200 : 503).send({ status: ready ? "ready" : "not-ready", checks });
    },
  );

  app.get(
    "/metrics",
    {
      config: { access: "read" },
      schema: {
        summary: "Metrics in Prometheus' text format",
        response: {
          200: { description: "The metrics", content: { "text/plain": { schema: z.string() } } },
          ...refusals,
        },
      },
    },
    async (_request, reply) =>
      reply
        .header("content-type", metrics.contentType)
        .serializer((text: string) => text)
        .send(await metrics.text()),
  );
}
