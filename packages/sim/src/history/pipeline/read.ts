import { parsePipeline } from "@sluice/core/pipeline/parse.ts";
import type { Pipeline } from "@sluice/core/pipeline/schema.ts";

/** Reads a drawn pipeline file. @throws Error when it is invalid, which is a mistake of what drew it */
export function readPipeline(source: string): Pipeline {
  const parsed = parsePipeline(source);
  if ("problems" in parsed)
    throw new Error(`the drawn pipeline is invalid: ${JSON.stringify(parsed.problems)}\n${source}`);
  return parsed.pipeline;
}
