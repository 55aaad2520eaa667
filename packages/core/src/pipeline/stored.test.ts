import { expect, test } from "vitest";
import { evolve } from "../application/evolve.ts";
import { initialState } from "../application/state.ts";
import { pipelineOf } from "../testing/pipelines.ts";
import type { Pipeline } from "./schema.ts";
import { storedPipeline } from "./stored.ts";

test("a stage that an earlier version wrote down has what it knew nothing of, as if a file had said nothing", () => {
  const pipeline = pipelineOf("dev", { name: "beta", verify: ["15m"] });
  const earlier = {
    ...pipeline,
    stages: pipeline.stages.map(({ verify: _, ...stage }) => stage),
  } as unknown as Pipeline;
  expect(storedPipeline(earlier).stages.map(({ verify }) => verify)).toEqual([[], []]);
  expect(storedPipeline(pipeline)).toEqual(pipeline);
  const data = { pipeline: earlier, source: "", digest: "d" };
  const state = evolve(initialState("myapp"), { type: "PipelineApplied", data, seq: 1, at: 0, actor: "a" });
  expect(state.pipeline?.pipeline.stages[0]?.verify).toEqual([]);
});
