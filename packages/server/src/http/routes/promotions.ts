import type { ApplicationCommand } from "@sluice/core/application/commands.ts";
import { findPromotion } from "@sluice/core/application/find.ts";
import { nameSchema, versionSchema } from "@sluice/core/release/manifest.ts";
import { explain } from "@sluice/core/views/why.ts";
import { z } from "zod";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { actorOf, requireStage } from "../auth.ts";
import type { HttpContext } from "../context.ts";
import { accepted } from "../problem.ts";
import { explanationSchema } from "../schemas/explanation.ts";
import { appParams, idSchema, reasonSchema } from "../schemas/names.ts";
import { refusals } from "../schemas/refusals.ts";
import type { App } from "./route.ts";

const requestSchema = z.strictObject({
  version: versionSchema,
  stage: nameSchema,
  override: reasonSchema.exactOptional().describe("The reason for which the stage's gates are passed over"),
});

export const promotionSchema = explanationSchema.extend({ promotion: z.string() });
const reasonBody = z.strictObject({ reason: reasonSchema.exactOptional() }).nullish();

const changes = {
  pause: { type: "PausePromotion", summary: "Hold a rollout where it is" },
  resume: { type: "ResumePromotion", summary: "Let a paused rollout go on" },
  halt: { type: "HaltRollout", summary: "Offer it to nobody new; who has it keeps it" },
  recall: { type: "RecallRollout", summary: "Offer it to nobody; who has it goes back, also from what is live" },
  abort: { type: "AbortPromotion", summary: "End a promotion; who was exposed goes back" },
} as const satisfies Record<string, { type: ApplicationCommand["type"]; summary: string }>;

/** Promotions: asked for by hand, paused, resumed, aborted. */
export function promotionRoutes(app: App, { plane }: HttpContext): void {
  app.post(
    "/api/v1/apps/:app/promotions",
    {
      config: { access: "operate" },
      schema: {
        summary: "Ask that a release enter a stage",
        params: appParams,
        body: requestSchema,
        response: { 200: promotionSchema, 201: promotionSchema, ...refusals },
      },
    },
    async (request, reply) => {
      const name = request.params.app;
      const { version, stage } = request.body;
      requireStage(request, stage);
      // What a policy demands, only an admin passes over: the policy is an admin's.
      const policies = request.body.override !== undefined && request.token?.role === "admin";
      const command = { type: "RequestPromotion", ...request.body, ...(policies ? { policies } : {}) } as const;
      const { events } = accepted(await plane.execute(name, command, actorOf(request)));
      const requested = events.find(
        ({ type, data }) => type === "PromotionRequested" && data.version === version && data.stage === stage,
      );
      return reply.code(requested === undefined ? 200 : 201).send(await promotionView(plane, name, version, stage));
    },
  );

  for (const [change, { type, summary }] of Object.entries(changes))
    app.post(
      `/api/v1/apps/:app/promotions/:id/${change}`,
      {
        config: { access: "operate" },
        schema: {
          summary,
          params: appParams.extend({ id: idSchema }),
          body: reasonBody,
          response: { 200: promotionSchema, ...refusals },
        },
      },
      async (request) => {
        const { app: name, id } = request.params;
        const promotion = accepted(findPromotion(accepted(plane.find(name)), id));
        requireStage(request, promotion.stage);
        const reason = request.body?.reason ?? "";
        accepted(await plane.execute(name, { type, id, reason }, actorOf(request)));
        return { ...(await promotionView(plane, name, promotion.version, promotion.stage)), promotion: id };
      },
    );
}

/** Where a release stands with a stage, with the promotion that this is about. */
export async function promotionView(plane: ControlPlane, app: string, version: string, stage: string) {
  const measurements = await plane.measure(app);
  const shown = accepted(explain(accepted(plane.find(app)), { version, stage }, measurements, plane.now(app)));
  return { ...shown, promotion: shown.promotion ?? "" };
}
