import { parsePipeline } from "@sluice/core/pipeline/parse.ts";
import { pipelineJsonSchema } from "@sluice/core/pipeline/schema.ts";
import { rfc3339 } from "@sluice/core/time/instant.ts";
import { z } from "zod";
import { actorOf, requireEveryStage } from "../auth.ts";
import type { HttpContext } from "../context.ts";
import { accepted, problemError } from "../problem.ts";
import { appParams, timeSchema } from "../schemas/names.ts";
import { refusals } from "../schemas/refusals.ts";
import type { App } from "./route.ts";

const sourceSchema = z
  .union([z.string(), z.strictObject({ source: z.string() })])
  .describe("The text of sluice.yaml, as YAML or as the member `source` of a JSON object");

const appliedSchema = z.object({
  app: z.string(),
  digest: z.string(),
  changed: z.boolean(),
  created: z.boolean(),
  stages: z.array(z.string()),
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
      config: { access: "administer", invalidBody: "PIPELINE_INVALID" },
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
      const source = typeof request.body === "string" ? request.body : request.body.source;
      const read = parsePipeline(source);
      if ("problems" in read) {
        const [first] = read.problems;
        const detail = read.problems.map(({ line, column, path, message }) => `${line}:${column} ${path} ${message}`);
        throw problemError("PIPELINE_INVALID", first === undefined ? "The file is empty." : detail.join("; "), {
          problems: read.problems,
        });
      }
      const { pipeline } = read;
      const created = plane.state(name) === undefined;
      const outcome = accepted(
        await plane.execute(name, { type: "ApplyPipeline", pipeline, source }, actorOf(request)),
      );
      return {
        app: name,
        digest: outcome.state.pipeline?.digest ?? "",
        changed: outcome.events.some((event) => event.type === "PipelineApplied"),
        created,
        stages: pipeline.stages.map((stage) => stage.name),
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
      config: { access: "read" },
      schema: {
        summary: "The JSON Schema of the pipeline file",
        response: { 200: z.record(z.string(), z.unknown()), ...refusals },
      },
    },
    async () => fileSchema as Record<string, unknown>,
  );
}
