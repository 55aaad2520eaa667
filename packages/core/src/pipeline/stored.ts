import { type Pipeline, stageSchema } from "./schema.ts";

/**
 * A pipeline as a log holds it, which an earlier version may have written that knew less: what a stage says nothing of is what a file
 * would mean by its silence.
 */
export function storedPipeline(pipeline: Pipeline): Pipeline {
  const { name: _, ...silence } = stageSchema.parse({ name: "any" });
  return { ...pipeline, stages: pipeline.stages.map((stage) => ({ ...silence, ...stage })) };
}
