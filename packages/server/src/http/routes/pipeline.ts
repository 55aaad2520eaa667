import { allows } from "@sluice/core/access/roles.ts";
import { initialState } from "@sluice/core/application/state.ts";
import { isRejection } from "@sluice/core/errors/rejection.ts";
import { parsePipeline, placeInFile } from "@sluice/core/pipeline/parse.ts";
import { type Pipeline, pipelineJsonSchema } from "@sluice/core/pipeline/schema.ts";
import { pipelineWarnings } from "@sluice/core/pipeline/warnings.ts";
import { appliesTo, contradictions } from "@sluice/core/policy/applies.ts";
import { policiesOf } from "@sluice/core/rules/rules.ts";
import { rfc3339 } from "@sluice/core/time/instant.ts";
import { dryRun } from "@sluice/core/views/dry-run/dry-run.ts";
import { type PowerView, stagePower } from "@sluice/core/views/power.ts";
import { z } from "zod";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { actorOf, requireEveryStage, requirePermission } from "../auth.ts";
import type { HttpContext } from "../context.ts";
import { accepted, problemError } from "../problem.ts";
import { dryRunSchema } from "../schemas/dry-run.ts";
import { appParams, timeSchema } from "../schemas/names.ts";
import { powerSchema } from "../schemas/power.ts";
import { refusals } from "../schemas/refusals.ts";
import { sourceSchema } from "../schemas/source.ts";
import type { App } from "./route.ts";

const warningsSchema = z
  .array(z.object({ line: z.int(), column: z.int(), path: z.string(), message: z.string() }))
  .describe("What is allowed and hardly meant, each with its place in the file");

const appliedSchema = z.object({
  app: z.string(),
  digest: z.string(),
  changed: z.boolean(),
  created: z.boolean(),
  stages: z.array(z.string()),
  power: z.array(powerSchema).describe("What each stage can see, where its releases go to clients"),
  warnings: warningsSchema,
});

const pipelineSchema = z.object({
  app: z.string(),
  digest: z.string(),
  source: z.string(),
  pipeline: z
    .unknown()
    .describe("The file as it was read: durations in ms, shares in basis points, defaults filled in"),
  appliedAt: timeSchema,
});

/** The pipeline of an application: applying one makes the application. */
export function pipelineRoutes(app: App, { plane }: HttpContext): void {
  app.put(
    "/api/v1/apps/:app/pipeline",
    {
      config: { access: "configure", invalidBody: "PIPELINE_INVALID" },
      schema: {
        summary: "Apply a pipeline",
        consumes: ["application/yaml", "application/json"],
        params: appParams,
        body: sourceSchema,
        response: { 200: appliedSchema, ...refusals },
      },
    },
    async (request) => {
      requireEveryStage(request);
      const name = request.params.app;
      const { pipeline, source } = readSource(request.body);
      const created = plane.state(name) === undefined;
      // Policies name applications: under a name of its own nobody who only edits pipelines gets round them.
      if (created) requirePermission(request, "administer");
      const answer = await plane.execute(name, { type: "ApplyPipeline", pipeline, source }, actorOf(request));
      if (isRejection(answer) && answer.code === "POLICY_VIOLATED")
        throw violation(plane, name, answer.message, source);
      const outcome = accepted(answer);
      return {
        app: name,
        digest: outcome.state.pipeline?.digest ?? "",
        changed: outcome.events.some((event) => event.type === "PipelineApplied"),
        created,
        stages: pipeline.stages.map((stage) => stage.name),
        power: await powersOf(plane, name, pipeline),
        warnings: warningsOf(plane, pipeline, source),
      };
    },
  );

  app.post(
    "/api/v1/apps/:app/pipeline/dry-run",
    {
      config: { access: "read", invalidBody: "PIPELINE_INVALID" },
      schema: {
        summary: "What applying a pipeline would do to everything in flight; nothing is changed",
        consumes: ["application/yaml", "application/json"],
        params: appParams,
        body: sourceSchema,
        response: { 200: dryRunSchema.extend({ power: z.array(powerSchema), warnings: warningsSchema }), ...refusals },
      },
    },
    async (request) => {
      const name = request.params.app;
      const change = readSource(request.body);
      const state = plane.state(name) ?? initialState(name);
      const meta = { now: plane.now(name), actor: actorOf(request), rules: plane.rules() };
      const answer = dryRun(state, change, await plane.measure(name), meta);
      if (isRejection(answer) && answer.code === "POLICY_VIOLATED")
        throw violation(plane, name, answer.message, change.source);
      return {
        ...accepted(answer),
        power: await powersOf(plane, name, change.pipeline),
        warnings: warningsOf(plane, change.pipeline, change.source),
      };
    },
  );

  app.get(
    "/api/v1/apps/:app/pipeline",
    {
      config: { access: "read" },
      schema: { summary: "The pipeline in force", params: appParams, response: { 200: pipelineSchema, ...refusals } },
    },
    async (request) => {
      const name = request.params.app;
      const { pipeline } = accepted(plane.find(name));
      if (pipeline === undefined) throw problemError("APP_NOT_FOUND", `Application "${name}" has no pipeline yet.`);
      const { at, ...applied } = pipeline;
      return { app: name, ...applied, appliedAt: rfc3339(at) };
    },
  );

  const fileSchema = pipelineJsonSchema();
  app.get(
    "/api/v1/pipeline.schema.json",
    {
      // Editors ask without a token, and it says nothing of this server.
      config: { access: "public" },
      schema: {
        summary: "The JSON Schema of the pipeline file",
        response: { 200: z.record(z.string(), z.unknown()), ...refusals },
      },
    },
    async () => fileSchema as Record<string, unknown>,
  );
}

/** Reads the file that a request brought. @throws ProblemError that names every fault with its place */
function readSource(body: z.output<typeof sourceSchema>): { readonly pipeline: Pipeline; readonly source: string } {
  const source = typeof body === "string" ? body : body.source;
  const read = parsePipeline(source);
  if ("pipeline" in read) return { pipeline: read.pipeline, source };
  const { problems } = read;
  const detail = problems.map(({ line, column, path, message }) => `${line}:${column} ${path} ${message}`).join("; ");
  throw problemError("PIPELINE_INVALID", detail || "The file is empty.", { problems });
}

/** What policies do not allow of a pipeline, each with its place in the file. */
function violation(plane: ControlPlane, app: string, detail: string, source: string) {
  const read = parsePipeline(source);
  const policies = policiesOf(plane.rules())
    .map(({ policy }) => policy)
    .filter((policy) => appliesTo(policy, app));
  const found = "pipeline" in read ? contradictions(read.pipeline, policies, plane.state(app)?.pipeline?.pipeline) : [];
  const problems = found.map(({ path, message }) => ({ ...placeInFile(source, path), message }));
  return problemError("POLICY_VIOLATED", detail, { problems });
}

/** What each stage of a pipeline can see of a release, with the clients that are known now. */
async function powersOf(plane: ControlPlane, app: string, pipeline: Pipeline): Promise<PowerView[]> {
  const measurements = await plane.measure(app);
  return pipeline.stages.flatMap((stage) => stagePower(pipeline, stage, measurements) ?? []);
}

/** What in a pipeline can never come true, as windows and tokens are now. */
function warningsOf(plane: ControlPlane, pipeline: Pipeline, source: string): z.output<typeof warningsSchema> {
  const now = plane.clock.now();
  const approvers = plane
    .access()
    .byName.valueSeq()
    .filter(
      ({ role, revokedAt, expiresAt }) =>
        allows(role, "approve") && revokedAt === undefined && !((expiresAt ?? Number.POSITIVE_INFINITY) <= now),
    )
    .map(({ name, groups = [] }) => ({ name, groups }))
    .toArray();
  return pipelineWarnings(pipeline, approvers, now).map(({ path, message }) => ({
    ...placeInFile(source, path),
    message,
  }));
}
