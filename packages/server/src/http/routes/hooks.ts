import type { AppState } from "@sluice/core/application/state.ts";
import { nameSchema } from "@sluice/core/release/manifest.ts";
import { rfc3339 } from "@sluice/core/time/instant.ts";
import { z } from "zod";
import { actorOf, requireEveryStage } from "../auth.ts";
import type { HttpContext } from "../context.ts";
import { accepted } from "../problem.ts";
import { appParams, idSchema, timeSchema } from "../schemas/names.ts";
import { refusals } from "../schemas/refusals.ts";
import type { App } from "./route.ts";

const hookSchema = z.object({
  id: z.string(),
  kind: z.literal("github"),
  repository: z.string(),
  createdAt: timeSchema,
  createdBy: z.string(),
});

const createdSchema = z.object({
  id: z.string(),
  repository: z.string(),
  path: z.string().describe("Where the forge is to send its deliveries, on this server"),
  secret: z.string().describe("What the forge signs them with. The only time that it is shown"),
});

const repositorySchema = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,100}\/[A-Za-z0-9._-]{1,100}$/, "must be OWNER/NAME, as in the address of the repository");

/** Who may tell of tags and merges: each hook has a secret of its own. */
export function hookRoutes(app: App, { plane, hookSecrets, random }: HttpContext): void {
  app.post(
    "/api/v1/apps/:app/hooks/github",
    {
      config: { access: "administer" },
      schema: {
        summary: "Let a repository on GitHub tell of its tags and merges",
        params: appParams,
        body: z.strictObject({ repository: repositorySchema }),
        response: { 201: createdSchema, ...refusals },
      },
    },
    async (request, reply) => {
      requireEveryStage(request);
      const { app: name } = request.params;
      const { repository } = request.body;
      accepted(plane.find(name));
      const id = `github-${random(4).toString("hex")}`;
      const secret = random(32).toString("base64url");
      // First the file: one that the log does not know of opens nothing.
      await hookSecrets.save(name, id, secret);
      const outcome = await plane.execute(
        name,
        { type: "CreateHook", id, kind: "github", repository },
        actorOf(request),
      );
      if ("rejected" in outcome) await hookSecrets.remove(name, id);
      accepted(outcome);
      const path = `/api/v1/hooks/github?app=${name}`;
      return reply.code(201).header("cache-control", "no-store").send({ id, repository, path, secret });
    },
  );

  app.get(
    "/api/v1/apps/:app/hooks",
    {
      config: { access: "read" },
      schema: {
        summary: "The hooks of an application, without their secrets",
        params: appParams,
        response: { 200: z.object({ hooks: z.array(hookSchema) }), ...refusals },
      },
    },
    async (request) => ({ hooks: hooksOf(accepted(plane.find(request.params.app))) }),
  );

  app.delete(
    "/api/v1/apps/:app/hooks/:id",
    {
      config: { access: "administer" },
      schema: {
        summary: "Take no more deliveries that are signed with this hook's secret",
        params: z.object({ app: nameSchema, id: idSchema }),
        response: { 200: z.object({ hooks: z.array(hookSchema) }), ...refusals },
      },
    },
    async (request) => {
      requireEveryStage(request);
      const { app: name, id } = request.params;
      const { state } = accepted(await plane.execute(name, { type: "RemoveHook", id }, actorOf(request)));
      await hookSecrets.remove(name, id);
      return { hooks: hooksOf(state) };
    },
  );
}

function hooksOf(state: AppState): z.infer<typeof hookSchema>[] {
  return state.forge.hooks
    .valueSeq()
    .map(({ id, kind, repository, at, by }) => ({ id, kind, repository, createdAt: rfc3339(at), createdBy: by }))
    .toArray();
}
