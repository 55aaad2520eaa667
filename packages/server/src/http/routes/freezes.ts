import { nameSchema } from "@sluice/core/release/manifest.ts";
import { fromRfc3339 } from "@sluice/core/time/instant.ts";
import { z } from "zod";
import { actorOf, requireEveryStage, requireStage } from "../auth.ts";
import type { HttpContext } from "../context.ts";
import { accepted } from "../problem.ts";
import { appParams, reasonSchema } from "../schemas/names.ts";
import { refusals } from "../schemas/refusals.ts";
import type { App } from "./route.ts";

const freezeSchema = z.strictObject({
  reason: reasonSchema,
  until: z.iso.datetime({ offset: true }).exactOptional().describe("Absent: until it is thawed"),
});
const stageParams = z.object({ app: nameSchema, stage: nameSchema });
const stageAnswer = z.object({ stage: z.string(), frozen: z.boolean() });
const appAnswer = z.object({ app: z.string(), frozen: z.boolean() });

/** The emergency brake: of one stage, and of a whole application. */
export function freezeRoutes(app: App, { plane }: HttpContext): void {
  app.post(
    "/api/v1/apps/:app/stages/:stage/freeze",
    {
      config: { access: "operate" },
      schema: {
        summary: "Let nothing enter a stage, and raise no exposure in it, until a moment or until it is thawed",
        params: stageParams,
        body: freezeSchema,
        response: { 200: stageAnswer, ...refusals },
      },
    },
    async (request) => {
      const { app: name, stage } = request.params;
      requireStage(request, stage);
      const command = { type: "FreezeStage", stage, ...freezeOf(request.body) } as const;
      accepted(await plane.execute(name, command, actorOf(request)));
      return { stage, frozen: true };
    },
  );

  app.post(
    "/api/v1/apps/:app/stages/:stage/thaw",
    {
      config: { access: "operate" },
      schema: { summary: "End a freeze", params: stageParams, response: { 200: stageAnswer, ...refusals } },
    },
    async (request) => {
      const { app: name, stage } = request.params;
      requireStage(request, stage);
      accepted(await plane.execute(name, { type: "ThawStage", stage }, actorOf(request)));
      return { stage, frozen: false };
    },
  );

  app.post(
    "/api/v1/apps/:app/freeze",
    {
      config: { access: "operate" },
      schema: {
        summary: "Freeze every stage, also those that come later, until a moment or until it is thawed",
        params: appParams,
        body: freezeSchema,
        response: { 200: appAnswer, ...refusals },
      },
    },
    async (request) => {
      const { app: name } = request.params;
      requireEveryStage(request);
      const command = { type: "FreezeApplication", ...freezeOf(request.body) } as const;
      accepted(await plane.execute(name, command, actorOf(request)));
      return { app: name, frozen: true };
    },
  );

  app.post(
    "/api/v1/apps/:app/thaw",
    {
      config: { access: "operate" },
      schema: {
        summary: "End the freeze of every stage; a stage that was frozen by itself stays so",
        params: appParams,
        response: { 200: appAnswer, ...refusals },
      },
    },
    async (request) => {
      const { app: name } = request.params;
      requireEveryStage(request);
      accepted(await plane.execute(name, { type: "ThawApplication" }, actorOf(request)));
      return { app: name, frozen: false };
    },
  );
}

function freezeOf({ reason, until }: z.output<typeof freezeSchema>) {
  return { reason, ...(until === undefined ? {} : { until: fromRfc3339(until) }) };
}
