import { nameSchema, versionSchema } from "@sluice/core/release/manifest.ts";
import { z } from "zod";
import { actorOf, requireStage } from "../auth.ts";
import type { HttpContext } from "../context.ts";
import { accepted } from "../problem.ts";
import { reasonSchema } from "../schemas/names.ts";
import { refusals } from "../schemas/refusals.ts";
import type { App } from "./route.ts";

const rolledBackSchema = z.object({
  stage: z.string(),
  from: z.string(),
  to: z.string().nullable().describe("What is live there now; null: nothing"),
  promotion: z.string().describe("The promotion that it ended"),
});

/** How a stage is to go back. */
export const rollbackSchema = z.strictObject({
  to: versionSchema.exactOptional(),
  reason: reasonSchema,
  staged: z.boolean().exactOptional().describe("Clients that have it are sent back by and by, not all at once"),
});

/** What is done to a stage as a whole. */
export function stageRoutes(app: App, { plane }: HttpContext): void {
  app.post(
    "/api/v1/apps/:app/stages/:stage/rollback",
    {
      config: { access: "operate" },
      schema: {
        summary: "Go back, at once, to the last good release or to another one",
        params: z.object({ app: nameSchema, stage: nameSchema }),
        body: rollbackSchema,
        response: { 200: rolledBackSchema, ...refusals },
      },
    },
    async (request) => {
      const { app: name, stage } = request.params;
      requireStage(request, stage);
      const command = { type: "RollBack", stage, ...request.body } as const;
      const { events } = accepted(await plane.execute(name, command, actorOf(request)));
      const ended = events.filter(({ type, data }) => type === "PromotionRolledBack" && data.stage === stage);
      const [first] = ended;
      const last = ended.at(-1);
      if (first === undefined || last === undefined) throw new Error(`the rollback of ${stage} ended no promotion`);
      const { to } = last.data;
      return {
        stage,
        from: String(first.data.version),
        to: typeof to === "string" ? to : null,
        promotion: String(first.data.id),
      };
    },
  );

  app.post(
    "/api/v1/apps/:app/stages/:stage/resume",
    {
      config: { access: "operate" },
      schema: {
        summary: "Let releases enter a stage by themselves again, after one was promoted by hand",
        params: z.object({ app: nameSchema, stage: nameSchema }),
        response: { 200: z.object({ stage: z.string(), held: z.boolean() }), ...refusals },
      },
    },
    async (request) => {
      const { app: name, stage } = request.params;
      requireStage(request, stage);
      accepted(await plane.execute(name, { type: "ResumeAutoPromotion", stage }, actorOf(request)));
      return { stage, held: false };
    },
  );
}
