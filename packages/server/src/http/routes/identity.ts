import { createHash } from "node:crypto";
import { roles } from "@sluice/core/access/roles.ts";
import { isRejection } from "@sluice/core/errors/rejection.ts";
import { rfc3339 } from "@sluice/core/time/instant.ts";
import { z } from "zod";
import { newSecret } from "../../access/secret.ts";
import { IdentityRefused } from "../../oidc/identities.ts";
import { secretDigest } from "../auth.ts";
import type { HttpContext } from "../context.ts";
import { FailedAttempts } from "../failed-attempts.ts";
import { accepted, ProblemError, problemError, problemOf } from "../problem.ts";
import { timeSchema } from "../schemas/names.ts";
import { refusals } from "../schemas/refusals.ts";
import type { App } from "./route.ts";

const exchangedSchema = z.object({
  name: z.string().describe("By which the log knows it"),
  role: z.enum(roles),
  apps: z.array(z.string()).readonly(),
  stages: z.array(z.string()).readonly().exactOptional(),
  expiresAt: timeSchema,
  token: z.string().describe("The only time that it is shown"),
});

/** Builds exchange the identity token that their CI gives them for one of this server, which lives for minutes. */
export function identityRoutes(app: App, { plane, identities, random }: HttpContext): void {
  const failed = new FailedAttempts(plane.clock);
  app.post(
    "/api/v1/identity",
    {
      config: { access: "public" },
      bodyLimit: 32_768,
      schema: {
        summary: "Exchange an identity token of a CI (OIDC) for a short-lived token; each works once",
        body: z.strictObject({ token: z.string().min(1).max(16_384) }),
        response: { 201: exchangedSchema, ...refusals },
      },
    },
    async (request, reply) => {
      const { token: sent } = request.body;
      const { rule, subject } = await verified(sent, request.ip);
      const token = newSecret(random);
      const expiresAt = rfc3339(plane.clock.now() + rule.expires);
      const name = nameOf(subject, sent);
      const { role, apps, stages } = rule;
      const command = {
        type: "CreateToken",
        ofBuild: true,
        ...{ name, role, apps, expiresAt, sha256: secretDigest(token) },
        ...(stages === undefined ? {} : { stages }),
      } as const;
      const made = await plane.executeAccess(command, name);
      if (isRejection(made) && made.code === "TOKEN_EXISTS")
        throw refused("it was exchanged already; each identity token works once");
      accepted(made);
      const limits = stages === undefined ? {} : { stages };
      return reply
        .code(201)
        .header("cache-control", "no-store")
        .send({ name, role, apps, ...limits, expiresAt, token });
    },
  );

  async function verified(token: string, address: string) {
    if (identities === undefined) throw refused("this server takes none: start it with --oidc FILE");
    try {
      return await identities.verify(token);
    } catch (error) {
      if (!(error instanceof IdentityRefused)) throw error;
      if (!error.asked) throw problemError("ISSUER_UNREACHABLE", `The identity token was not taken: ${error.message}.`);
      const waitSeconds = failed.add(address);
      if (waitSeconds === 0) throw refused(error.message);
      const problem = problemOf("TOO_MANY_ATTEMPTS", `Try again in ${waitSeconds} s, with a valid identity token.`);
      throw new ProblemError(problem, { "retry-after": String(waitSeconds) });
    }
  }
}

function refused(why: string): ProblemError {
  return problemError("UNAUTHENTICATED", `The identity token was not taken: ${why}.`);
}

/**
 * Whom the log names: the build's repository, and what tells this identity token from every other. That is what is signed:
 * the same signature can be written in several ways (RFC 7515, section 5.1; the last character of base64url has bits to spare).
 */
function nameOf(subject: string, token: string): string {
  const readable = subject
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 36);
  const signed = token.slice(0, token.lastIndexOf("."));
  return `ci-${readable}-${createHash("sha256").update(signed).digest("hex").slice(0, 20)}`;
}
