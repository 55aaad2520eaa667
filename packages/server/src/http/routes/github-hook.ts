import { createHash } from "node:crypto";
import type { Rejection } from "@sluice/core/errors/rejection.ts";
import { isRejection } from "@sluice/core/errors/rejection.ts";
import { nameSchema } from "@sluice/core/release/manifest.ts";
import { z } from "zod";
import { changeOf, originOf } from "../../hooks/github/delivery.ts";
import { isSignature, isSignedWith } from "../../hooks/github/signature.ts";
import type { HttpContext } from "../context.ts";
import { FailedAttempts } from "../failed-attempts.ts";
import { ProblemError, problemError, problemOf, rejectionError } from "../problem.ts";
import { refusals } from "../schemas/refusals.ts";
import type { App } from "./route.ts";

/** A push of as many commits as GitHub tells of (2,048) is smaller. */
const deliveryBytesMax = 8 * 1024 * 1024;

const takenSchema = z.object({
  outcome: z.enum(["recorded", "ignored"]),
  detail: z.string(),
  applications: z.array(z.string()).describe("Those that were told of it"),
});

const headersSchema = z.looseObject({
  "x-github-event": z.string().max(100),
  "x-github-delivery": z.string().regex(/^[A-Za-z0-9-]{1,100}$/),
  "x-hub-signature-256": z.string().optional(),
});

/** What GitHub sends. It has no token: each delivery is signed with its hook's secret, and is taken once. */
export function githubHookRoutes(app: App, { plane, hookSecrets }: HttpContext): void {
  const failed = new FailedAttempts(plane.clock);
  // The signature is over the bytes as they came.
  app.removeContentTypeParser("application/json");
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (_request, body, done) => done(null, body));

  app.post(
    "/api/v1/hooks/github",
    {
      bodyLimit: deliveryBytesMax,
      config: { access: "public" },
      schema: {
        summary: "Deliveries of GitHub's webhooks: tags and merges",
        querystring: z.object({ app: nameSchema.optional().describe("Absent: every one that has a hook for it") }),
        headers: headersSchema,
        response: { 202: takenSchema, ...refusals },
      },
    },
    async (request, reply) => {
      const signature = request.headers["x-hub-signature-256"];
      const body = request.body instanceof Buffer ? request.body : Buffer.alloc(0);
      if (!isSignature(signature))
        throw unsigned("The delivery has no X-Hub-Signature-256. Give the webhook the secret of its hook.");
      const payload = read(body);
      const origin = originOf(payload);
      if (origin === undefined)
        throw problemError("REQUEST_INVALID", "The body is no delivery of GitHub: it names no repository.");
      const hooks = hooksFor(origin.repository, request.query.app);
      if (hooks.length === 0)
        throw problemError(
          "HOOK_NOT_FOUND",
          `No hook is set up for ${origin.repository}. Make one with: sluice hook create github --repository ${origin.repository}`,
        );
      const apps = new Set<string>();
      for (const { name, id } of hooks) {
        const secret = await hookSecrets.read(name, id);
        if (secret !== undefined && isSignedWith(secret, body, signature)) apps.add(name);
      }
      if (apps.size === 0) {
        const waitSeconds = failed.add(request.ip);
        if (waitSeconds > 0)
          throw new ProblemError(
            problemOf("TOO_MANY_ATTEMPTS", `Try again in ${waitSeconds} s, signed with the hook's secret.`),
            {
              "retry-after": String(waitSeconds),
            },
          );
        throw unsigned("The signature is wrong: the webhook's secret is not the one of its hook. Nothing was changed.");
      }
      const change = changeOf(request.headers["x-github-event"], payload);
      if (typeof change === "string")
        return reply.code(202).send({ outcome: "ignored", detail: change, applications: [] });
      const command = {
        type: "RecordForgeChange",
        change,
        delivery: request.headers["x-github-delivery"],
        body: createHash("sha256").update(body).digest("hex"),
        repository: origin.repository,
      } as const;
      const recorded: string[] = [];
      let refused: Rejection | undefined;
      for (const name of apps) {
        const outcome = await plane.execute(name, command, origin.actor);
        if (isRejection(outcome)) refused = outcome;
        else if (outcome.events.length > 0) recorded.push(name);
      }
      if (refused !== undefined && recorded.length === 0) throw rejectionError(refused);
      return reply
        .code(202)
        .send(
          recorded.length > 0
            ? { outcome: "recorded", detail: `told ${recorded.join(", ")}`, applications: recorded }
            : { outcome: "ignored", detail: "it is known already, or no stage asks about it", applications: [] },
        );
    },
  );

  function hooksFor(repository: string, only: string | undefined): { name: string; id: string }[] {
    const names = only === undefined ? plane.apps() : [only];
    return names.flatMap((name) => {
      const hooks = [...(plane.state(name)?.forge.hooks.values() ?? [])];
      return hooks.filter((hook) => hook.repository === repository).map(({ id }) => ({ name, id }));
    });
  }
}

function unsigned(detail: string): ProblemError {
  return new ProblemError(problemOf("UNAUTHENTICATED", detail), { "www-authenticate": 'GitHub realm="sluice"' });
}

function read(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw problemError("REQUEST_INVALID", "The body is not valid JSON.");
  }
}
