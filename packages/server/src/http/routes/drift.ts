import { findStage } from "@sluice/core/application/find.ts";
import { nameSchema } from "@sluice/core/release/manifest.ts";
import { z } from "zod";
import { requireEveryStage, requireStage } from "../auth.ts";
import type { HttpContext } from "../context.ts";
import { accepted } from "../problem.ts";
import { appParams } from "../schemas/names.ts";
import { refusals } from "../schemas/refusals.ts";
import type { App } from "./route.ts";

/** So long all of an application's targets may take to say what is live, in ms. */
const patienceMs = 60_000;

const lookedSchema = z.object({
  stage: z.string(),
  target: z.string(),
  state: z
    .enum(["agrees", "differs", "unknown", "moving", "unseen"])
    .describe("unknown: it could not be looked at. moving: it is not yet what is asked. unseen: it cannot say"),
  text: z.string().describe("What is live, for a person"),
});

/** What is live, compared with what should be. */
export function driftRoutes(app: App, { plane, drift }: HttpContext): void {
  app.post(
    "/api/v1/apps/:app/drift",
    {
      config: { access: "operate" },
      schema: {
        summary: "Look at what is live now, and record where it is not what should be",
        params: appParams,
        body: z.strictObject({ stage: nameSchema.exactOptional() }),
        response: { 200: z.object({ app: z.string(), targets: z.array(lookedSchema) }), ...refusals },
      },
    },
    async (request) => {
      const { app: name } = request.params;
      const { stage } = request.body;
      const state = accepted(plane.find(name));
      if (stage === undefined) requireEveryStage(request);
      else requireStage(request, accepted(findStage(state, stage)).name);
      return { app: name, targets: await drift.check(name, stage, AbortSignal.timeout(patienceMs)) };
    },
  );
}
