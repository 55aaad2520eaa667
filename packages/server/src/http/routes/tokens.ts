import { personSchema } from "@sluice/core/access/person.ts";
import { roles } from "@sluice/core/access/roles.ts";
import type { Token } from "@sluice/core/access/tokens.ts";
import { nameSchema } from "@sluice/core/release/manifest.ts";
import { fromRfc3339, rfc3339 } from "@sluice/core/time/instant.ts";
import { z } from "zod";
import { newSecret } from "../../access/secret.ts";
import { actorOf, requireEveryStage, secretDigest } from "../auth.ts";
import type { HttpContext } from "../context.ts";
import { accepted, problemError } from "../problem.ts";
import { timeSchema } from "../schemas/names.ts";
import { refusals } from "../schemas/refusals.ts";
import { revokedToken } from "./revoked-token.ts";
import type { App } from "./route.ts";

const createSchema = z.strictObject({
  name: personSchema,
  role: z.enum(roles),
  stages: z.array(nameSchema).min(1).max(100).exactOptional().describe("Only these stages; absent: every stage"),
  groups: z
    .array(personSchema)
    .min(1)
    .max(20)
    .exactOptional()
    .describe("What its holder belongs to, for gates that ask for an approval from a group"),
  expiresAt: z.iso.datetime({ offset: true }).exactOptional(),
});

const tokenSchema = z.object({
  name: z.string(),
  role: z.enum(roles),
  apps: z.array(z.string()).readonly().exactOptional().describe("Only these applications; absent: every one"),
  stages: z.array(z.string()).readonly().exactOptional(),
  groups: z.array(z.string()).readonly().exactOptional(),
  createdAt: timeSchema,
  createdBy: z.string(),
  expiresAt: timeSchema.exactOptional(),
  revokedAt: timeSchema.exactOptional(),
});

const createdSchema = z.object({
  name: z.string(),
  role: z.enum(roles),
  token: z.string().describe("The only time that it is shown"),
});

/** Tokens: who may do what. */
export function tokenRoutes(app: App, { plane, random }: HttpContext): void {
  app.post(
    "/api/v1/tokens",
    {
      config: { access: "administer" },
      schema: { summary: "Make a token", body: createSchema, response: { 201: createdSchema, ...refusals } },
    },
    async (request, reply) => {
      requireEveryStage(request);
      const { name, role, expiresAt } = request.body;
      if (expiresAt !== undefined && fromRfc3339(expiresAt) <= plane.clock.now())
        throw problemError("REQUEST_INVALID", `expiresAt: ${expiresAt} is in the past.`);
      const token = newSecret(random);
      const command = { type: "CreateToken", ...request.body, sha256: secretDigest(token) } as const;
      accepted(await plane.executeAccess(command, actorOf(request)));
      return reply.code(201).header("cache-control", "no-store").send({ name, role, token });
    },
  );

  app.get(
    "/api/v1/tokens",
    {
      config: { access: "administer" },
      schema: {
        summary: "All tokens, without their secrets",
        response: { 200: z.object({ tokens: z.array(tokenSchema) }), ...refusals },
      },
    },
    async () => ({
      tokens: plane
        .access()
        .byName.valueSeq()
        .sortBy((token) => token.createdAt)
        .map(tokenView)
        .toArray(),
    }),
  );

  app.delete(
    "/api/v1/tokens/:name",
    {
      config: { access: "administer" },
      schema: {
        summary: "Revoke a token, at once and for ever",
        params: z.object({ name: personSchema }),
        response: { 200: tokenSchema, ...refusals },
      },
    },
    async (request) => {
      requireEveryStage(request);
      const { name } = request.params;
      const known = plane.access().byName.get(name);
      const outcome = accepted(await plane.executeAccess({ type: "RevokeToken", name }, actorOf(request)));
      return tokenView(revokedToken(name, known, outcome, plane.clock.now()));
    },
  );
}

function tokenView(token: Token): z.infer<typeof tokenSchema> {
  const { name, role, apps, stages, groups, createdAt, createdBy, expiresAt, revokedAt } = token;
  return {
    name,
    role,
    ...(apps === undefined ? {} : { apps }),
    ...(stages === undefined ? {} : { stages }),
    ...(groups === undefined ? {} : { groups }),
    createdAt: rfc3339(createdAt),
    createdBy,
    ...(expiresAt === undefined ? {} : { expiresAt: rfc3339(expiresAt) }),
    ...(revokedAt === undefined ? {} : { revokedAt: rfc3339(revokedAt) }),
  };
}
