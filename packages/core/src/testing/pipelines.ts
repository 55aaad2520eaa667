import type { z } from "zod";
import { type Pipeline, pipelineSchema, type stageSchema } from "../pipeline/schema.ts";

/** A stage as a pipeline file has it, or its name alone. */
export type StageInput = string | z.input<typeof stageSchema>;

/** A pipeline of the application `myapp`, read as from a file: every default is filled in. */
export function pipelineOf(...stages: StageInput[]): Pipeline {
  return pipelineSchema.parse({
    apiVersion: "sluice/v1",
    app: "myapp",
    stages: stages.map((stage) => (typeof stage === "string" ? { name: stage } : stage)),
  });
}
