import { createHash } from "node:crypto";
import { allows, type Permission } from "@sluice/core/access/roles.ts";
import type { Token } from "@sluice/core/access/tokens.ts";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { FailedAttempts } from "./failed-attempts.ts";
import { ProblemError, problemError, problemOf } from "./problem.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Who may use the route. A route that does not say does not start. */
    readonly access?: Permission | "public";
  }
  interface FastifyRequest {
    /** The token of the request; only on routes that need one. */
    token: Token | undefined;
  }
}

const challenge = { "www-authenticate": 'Bearer realm="sluice"' };
const bearer = /^Bearer +([A-Za-z0-9._~+/=-]{1,256})$/i;

/** SHA-256 of a token's secret, as the log knows it. */
export function secretDigest(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** The token that a request's `Authorization` names; undefined where there is none, or none that is valid. */
export function tokenOf(plane: ControlPlane, authorization: string | undefined): Token | undefined {
  const secret = authorization === undefined ? undefined : bearer.exec(authorization)?.[1];
  return secret === undefined ? undefined : plane.token(secretDigest(secret));
}

/** Lets a request through only with what its route asks for. Every route must say who may use it. */
export function requireTokens(app: FastifyInstance, plane: ControlPlane): void {
  const failed = new FailedAttempts(plane.clock);
  app.decorateRequest("token", undefined);
  app.addHook("onRoute", (route) => {
    if (route.config?.access === undefined) throw new Error(`${route.method} ${route.url} does not say who may use it`);
  });
  app.addHook("onRequest", async (request) => {
    // An address without a route has no access either: the answer is that nothing is there.
    const access = request.routeOptions.config.access;
    if (access === undefined || access === "public") return;
    request.token = authenticate(request, plane, failed);
    requireApp(request, request.token);
    requirePermission(request, access);
  });
}

/** What belongs to no application, and a token that is for some of them needs all the same: content goes up before its release. */
const forEveryToken = ["/api/v1/blobs/:sha256", "/api/v1/apps"];

/** Refuses a token that is limited to other applications, or to any, for what is about none. */
function requireApp({ params, routeOptions }: FastifyRequest, { name, apps }: Token): void {
  if (apps === undefined || forEveryToken.includes(routeOptions.url ?? "")) return;
  const { app } = params as { readonly app?: unknown };
  if (typeof app === "string" && apps.includes(app)) return;
  throw problemError("NOT_ALLOWED", `Token "${name}" is for ${apps.join(", ")} alone.`);
}

function authenticate(request: FastifyRequest, plane: ControlPlane, failed: FailedAttempts): Token {
  const { authorization } = request.headers;
  if (authorization === undefined)
    throw new ProblemError(
      problemOf("UNAUTHENTICATED", "Send a token: Authorization: Bearer TOKEN. Make one with: sluice token create"),
      challenge,
    );
  const token = tokenOf(plane, authorization);
  if (token !== undefined) return token;
  const waitSeconds = failed.add(request.ip);
  if (waitSeconds > 0)
    throw new ProblemError(problemOf("TOO_MANY_ATTEMPTS", `Try again in ${waitSeconds} s, with a valid token.`), {
      "retry-after": String(waitSeconds),
    });
  throw new ProblemError(
    problemOf(
      "UNAUTHENTICATED",
      "The token is unknown, expired or revoked. Use another, or make one with: sluice token create",
    ),
    { ...challenge, "www-authenticate": `${challenge["www-authenticate"]}, error="invalid_token"` },
  );
}

/** The name that the log keeps for what a request does. */
export function actorOf(request: FastifyRequest): string {
  if (request.token === undefined) throw new Error("a route that changes anything needs a token");
  return request.token.name;
}

/** The groups of whoever makes a request, as they are now. */
export function groupsOf({ token }: FastifyRequest): readonly string[] {
  return token?.groups ?? [];
}

/** Refuses a token whose role does not allow something. */
export function requirePermission({ token }: FastifyRequest, permission: Permission): void {
  if (token === undefined) throw new Error("a permission is a token's");
  if (allows(token.role, permission)) return;
  throw problemError(
    "NOT_ALLOWED",
    `Token "${token.name}" has the role ${token.role}, which does not allow this. It needs: ${permission}.`,
  );
}

/** Refuses a token that is limited to other stages. */
export function requireStage(request: FastifyRequest, stage: string): void {
  const { token } = request;
  if (token === undefined) throw new Error("a stage is guarded by a token");
  if (token.stages === undefined || token.stages.includes(stage)) return;
  throw problemError(
    "NOT_ALLOWED",
    `Token "${token.name}" is limited to ${token.stages.join(", ")}; this is about ${stage}.`,
  );
}

/** Refuses a token that is limited to some stages, for what touches all of them. */
export function requireEveryStage(request: FastifyRequest): void {
  const { token } = request;
  if (token?.stages === undefined) return;
  throw problemError(
    "NOT_ALLOWED",
    `Token "${token.name}" is limited to ${token.stages.join(", ")}; this touches every stage.`,
  );
}
