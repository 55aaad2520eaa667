import type { SealedEvent } from "@sluice/core/log/event.ts";
import { digestSchema, nameSchema } from "@sluice/core/release/manifest.ts";
import { z } from "zod";
import { actorOf, requireEveryStage } from "../auth.ts";
import type { HttpContext } from "../context.ts";
import { accepted } from "../problem.ts";
import { reasonSchema } from "../schemas/names.ts";
import { refusals } from "../schemas/refusals.ts";
import type { App } from "./route.ts";

const bodySchema = z.strictObject({
  reason: reasonSchema,
  unseen: z.boolean().default(false).describe("Also where no release contains the artifact yet"),
});

const withdrawnSchema = z.object({
  app: z.string(),
  versions: z.array(z.string()).describe("The releases that contain it, and were withdrawn with it"),
  rolledBack: z.array(z.object({ stage: z.string(), version: z.string(), to: z.string().nullable() })),
});

/** Content that may be in no release. */
export function artifactRoutes(app: App, { plane }: HttpContext): void {
  app.post(
    "/api/v1/apps/:app/artifacts/:sha256/withdraw",
    {
      config: { access: "operate" },
      schema: {
        summary: "Block an artifact, withdraw every release that contains it, and roll back where one is live",
        params: z.object({ app: nameSchema, sha256: digestSchema }),
        body: bodySchema,
        response: { 200: withdrawnSchema, ...refusals },
      },
    },
    async (request) => {
      requireEveryStage(request);
      const { app: name, sha256 } = request.params;
      const command = { type: "WithdrawArtifact", sha256, ...request.body } as const;
      const { events } = accepted(await plane.execute(name, command, actorOf(request)));
      return withdrawnIn(name, events);
    },
  );
}

function withdrawnIn(app: string, events: readonly SealedEvent[]): z.infer<typeof withdrawnSchema> {
  return {
    app,
    versions: events.flatMap(({ type, data }) =>
      type === "ArtifactWithdrawn" ? z.array(z.string()).parse(data.versions) : [],
    ),
    rolledBack: events.flatMap(({ type, data }) =>
      type === "PromotionRolledBack" ? [withdrawnSchema.shape.rolledBack.element.parse(data)] : [],
    ),
  };
}
