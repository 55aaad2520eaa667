import { versionsWith } from "@sluice/core/application/withdraw.ts";
import type { SealedEvent } from "@sluice/core/log/event.ts";
import { digestSchema, nameSchema } from "@sluice/core/release/manifest.ts";
import { z } from "zod";
import { actorOf, requireEveryStage } from "../auth.ts";
import type { HttpContext } from "../context.ts";
import { accepted, problemError } from "../problem.ts";
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
    "/api/v1/artifacts/:sha256/withdraw",
    {
      config: { access: "administer" },
      schema: {
        summary: "Block an artifact in every application, also in those that are made later",
        params: z.object({ sha256: digestSchema }),
        body: bodySchema,
        response: { 200: z.object({ applications: z.array(withdrawnSchema) }), ...refusals },
      },
    },
    async (request) => {
      requireEveryStage(request);
      const { sha256 } = request.params;
      const { reason, unseen } = request.body;
      const affected = plane.apps().filter((name) => versionsWith(accepted(plane.find(name)), sha256).length > 0);
      if (affected.length === 0 && !unseen && !plane.rules().artifacts.has(sha256))
        throw problemError(
          "ARTIFACT_NOT_FOUND",
          `No release of any application contains the artifact ${sha256}. To withdraw it before anything with it is published, say so: --unseen`,
        );
      accepted(await plane.executeRules({ type: "ForbidArtifact", sha256, reason }, actorOf(request)));
      // Where no release contains it there is no hurry: the controller sees to the other logs.
      const applications = await Promise.all(
        affected.map(async (name) => {
          const { events } = accepted(await plane.execute(name, { type: "AdoptRules" }, actorOf(request)));
          return withdrawnIn(name, events);
        }),
      );
      return { applications };
    },
  );

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
