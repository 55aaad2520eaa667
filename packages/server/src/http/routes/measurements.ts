import type { MeasurementRecord } from "@sluice/core/analysis/progress.ts";
import { findRelease, findStage } from "@sluice/core/application/find.ts";
import type { SealedEvent } from "@sluice/core/log/event.ts";
import { nameSchema, versionSchema } from "@sluice/core/release/manifest.ts";
import { z } from "zod";
import type { HttpContext } from "../context.ts";
import { accepted } from "../problem.ts";
import { appParams, countQuery, timeSchema } from "../schemas/names.ts";
import { refusals } from "../schemas/refusals.ts";
import type { App } from "./route.ts";

const pageSize = 1_000;

const measurementSchema = z
  .object({
    seq: z.int().describe("Number of the event in the log"),
    promotion: z.string(),
    stage: z.string(),
    version: z.string(),
    analysis: z.string(),
    at: timeSchema,
    verdict: z.enum(["pass", "fail", "inconclusive", "error"]),
    reason: z.string(),
    evidence: z.record(z.string(), z.unknown()).describe("What was measured, and its limit"),
    counted: z.string().describe("What it counted for"),
    alike: z.int().describe("How many before it came out as the one recorded last, and were not recorded"),
  })
  .meta({ id: "Measurement" });

const query = z.object({
  version: versionSchema.exactOptional(),
  stage: nameSchema.exactOptional(),
  after: z.coerce
    .number<string>()
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .default(0)
    .describe("Those with a greater seq"),
  limit: countQuery({ max: 1_000, default: 100 }),
});

/** What the providers of analyses have measured. */
export function measurementRoutes(app: App, { plane }: HttpContext): void {
  app.get(
    "/api/v1/apps/:app/measurements",
    {
      config: { access: "read" },
      schema: {
        summary: "Measurements of rollouts and verifications, oldest first, each with why it counted",
        params: appParams,
        querystring: query,
        response: {
          200: z.object({
            measurements: z.array(measurementSchema),
            next: z.int().exactOptional().describe("Ask for what is after this; absent: there is no more"),
          }),
          ...refusals,
        },
      },
    },
    async (request) => {
      const name = request.params.app;
      const { version, stage, after, limit } = request.query;
      const state = accepted(plane.find(name));
      // A list of what is misspelt would be empty, and look true.
      if (version !== undefined) accepted(findRelease(state, version));
      if (stage !== undefined) accepted(findStage(state, stage));
      const measurements: z.input<typeof measurementSchema>[] = [];
      for (let from = after; from < state.seq; ) {
        const page = await plane.events.read(name, from, Math.min(pageSize, state.seq - from));
        for (const event of page) {
          const found = measurementOf(event, version, stage);
          if (found === undefined) continue;
          if (measurements.length === limit) return { measurements, next: measurements.at(-1)?.seq ?? after };
          measurements.push(found);
        }
        const last = page.at(-1);
        if (last === undefined) break;
        from = last.seq;
      }
      return { measurements };
    },
  );
}

function measurementOf(event: SealedEvent, version: string | undefined, stage: string | undefined) {
  if (event.type !== "MeasurementTaken") return undefined;
  const { id, failure: _, ...record } = event.data as MeasurementRecord;
  if ((version !== undefined && record.version !== version) || (stage !== undefined && record.stage !== stage))
    return undefined;
  return { seq: event.seq, promotion: id, ...record };
}
