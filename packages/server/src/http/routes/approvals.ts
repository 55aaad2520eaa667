import { findPromotion } from "@sluice/core/application/find.ts";
import { digestSchema } from "@sluice/core/release/manifest.ts";
import { z } from "zod";
import { actorOf, groupsOf, requireStage } from "../auth.ts";
import type { HttpContext } from "../context.ts";
import { accepted } from "../problem.ts";
import { appParams, idSchema, reasonSchema } from "../schemas/names.ts";
import { refusals } from "../schemas/refusals.ts";
import { promotionSchema, promotionView } from "./promotions.ts";
import type { App } from "./route.ts";

const answerSchema = z.strictObject({
  decision: z.enum(["approve", "reject"]).default("approve"),
  comment: reasonSchema.default("").describe("Kept in the log; needed to reject, and to approve what was rejected"),
  digest: digestSchema.exactOptional().describe("The release that was looked at; refused when it is another"),
  pipeline: digestSchema.exactOptional().describe("The pipeline that was looked at; refused when it is another"),
  plans: z
    .array(z.strictObject({ target: z.string().max(100), sha256: digestSchema }))
    .max(100)
    .exactOptional()
    .describe("The plans that were looked at, as `why` has them, none where it had none; refused when they are others"),
});

const commands = { approve: "ApprovePromotion", reject: "RejectPromotion" } as const;

/** What people say of promotions that ask for their approval. */
export function approvalRoutes(app: App, { plane }: HttpContext): void {
  app.post(
    "/api/v1/apps/:app/promotions/:id/approvals",
    {
      config: { access: "approve" },
      schema: {
        summary: "Approve or reject a promotion",
        params: appParams.extend({ id: idSchema }),
        body: answerSchema,
        response: { 201: promotionSchema, ...refusals },
      },
    },
    async (request, reply) => {
      const { app: name, id } = request.params;
      const { decision, ...answer } = request.body;
      const { stage, version } = accepted(findPromotion(accepted(plane.find(name)), id));
      requireStage(request, stage);
      const command = { type: commands[decision], id, groups: groupsOf(request), ...answer } as const;
      accepted(await plane.execute(name, command, actorOf(request)));
      return reply.code(201).send({ ...(await promotionView(plane, name, version, stage)), promotion: id });
    },
  );
}
