import { nearestNames } from "@sluice/core/errors/nearest.ts";
import { reject } from "@sluice/core/errors/rejection.ts";
import { appliesTo, contradictions } from "@sluice/core/policy/applies.ts";
import { parsePolicy } from "@sluice/core/policy/parse.ts";
import type { Policy } from "@sluice/core/policy/schema.ts";
import { nameSchema } from "@sluice/core/release/manifest.ts";
import { type PolicyEntry, policiesOf } from "@sluice/core/rules/rules.ts";
import { rfc3339 } from "@sluice/core/time/instant.ts";
import { z } from "zod";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { actorOf, requireEveryStage } from "../auth.ts";
import type { HttpContext } from "../context.ts";
import { accepted, problemError } from "../problem.ts";
import { reasonSchema, timeSchema } from "../schemas/names.ts";
import { refusals } from "../schemas/refusals.ts";
import { sourceSchema } from "../schemas/source.ts";
import type { App } from "./route.ts";

const policySchema = z.object({
  name: z.string(),
  apps: z.array(z.string()).readonly(),
  appliedAt: timeSchema,
  appliedBy: z.string(),
  policy: z.unknown().describe("The file as it was read: durations in ms, defaults filled in"),
  source: z.string(),
});

const appliedSchema = policySchema.omit({ source: true }).extend({
  changed: z.boolean(),
  applications: z
    .array(z.object({ app: z.string(), contradictions: z.array(z.string()) }))
    .describe("Those that it applies to, each with what of its pipeline no release can get past any more"),
});

const params = z.object({ name: nameSchema });

/** Policies: what every pipeline that they apply to has to meet, whoever edits it. */
export function policyRoutes(app: App, { plane }: HttpContext): void {
  app.put(
    "/api/v1/policies",
    {
      config: { access: "administer", invalidBody: "POLICY_INVALID" },
      schema: {
        summary: "Apply a policy to every application that it names, also to those that are made later",
        consumes: ["application/yaml", "application/json"],
        body: sourceSchema,
        response: { 200: appliedSchema, ...refusals },
      },
    },
    async (request) => {
      requireEveryStage(request);
      const source = typeof request.body === "string" ? request.body : request.body.source;
      const read = parsePolicy(source);
      if ("problems" in read) {
        const { problems } = read;
        const detail = problems.map(({ line, column, path, message }) => `${line}:${column} ${path} ${message}`);
        throw problemError("POLICY_INVALID", detail.join("; "), { problems });
      }
      const { policy } = read;
      const actor = actorOf(request);
      const { events } = accepted(await plane.executeRules({ type: "ApplyPolicy", policy, source }, actor));
      await adoptNow(plane, actor);
      const { source: _, ...view } = policyView(found(plane, policy.name));
      return { ...view, changed: events.length > 0, applications: applicationsOf(plane, policy) };
    },
  );

  app.get(
    "/api/v1/policies",
    {
      config: { access: "read" },
      schema: {
        summary: "The policies in force",
        response: { 200: z.object({ policies: z.array(policySchema) }), ...refusals },
      },
    },
    async () => ({ policies: policiesOf(plane.rules()).map(policyView) }),
  );

  app.get(
    "/api/v1/policies/:name",
    {
      config: { access: "read" },
      schema: { summary: "One policy", params, response: { 200: policySchema, ...refusals } },
    },
    async (request) => policyView(found(plane, request.params.name)),
  );

  app.post(
    "/api/v1/policies/:name/remove",
    {
      config: { access: "administer" },
      schema: {
        summary: "Take a policy out of force",
        params,
        body: z.strictObject({ reason: reasonSchema }),
        response: { 200: z.object({ name: z.string() }), ...refusals },
      },
    },
    async (request) => {
      requireEveryStage(request);
      const { name } = request.params;
      const actor = actorOf(request);
      accepted(await plane.executeRules({ type: "RemovePolicy", name, ...request.body }, actor));
      await adoptNow(plane, actor);
      return { name };
    },
  );
}

function found(plane: ControlPlane, name: string) {
  const policies = policiesOf(plane.rules());
  const names = policies.map((entry) => entry.name);
  return accepted(
    policies.find((entry) => entry.name === name) ??
      reject("POLICY_NOT_FOUND", `There is no policy "${name}".`, nearestNames(name, names)),
  );
}

/** Logs written before the answer; the others are the controller's to see to. */
const adoptedAtOnce = 100;

async function adoptNow(plane: ControlPlane, actor: string): Promise<void> {
  const behind = plane.behindRules().slice(0, adoptedAtOnce);
  await Promise.all(behind.map(async (app) => accepted(await plane.execute(app, { type: "AdoptRules" }, actor))));
}

function applicationsOf(plane: ControlPlane, policy: Policy) {
  return plane.apps().flatMap((app) => {
    const pipeline = plane.state(app)?.pipeline?.pipeline;
    if (pipeline === undefined || !appliesTo(policy, app)) return [];
    return [{ app, contradictions: contradictions(pipeline, [policy]).map(({ message }) => message) }];
  });
}

function policyView({ name, policy, source = "", at, by }: PolicyEntry & { readonly policy: Policy }) {
  return { name, apps: policy.apps, appliedAt: rfc3339(at), appliedBy: by, policy, source };
}
