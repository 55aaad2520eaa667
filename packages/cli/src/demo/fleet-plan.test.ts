import { readFileSync } from "node:fs";
import { parsePipeline } from "@sluice/core/pipeline/parse.ts";
import { expect, it } from "vitest";
import { agentIds, exposedAmong, fleetSize, saltOf, versions } from "./fleet-plan.ts";

const read = parsePipeline(readFileSync(new URL("./sluice.yaml", import.meta.url), "utf8"));
if ("problems" in read) throw new Error(JSON.stringify(read.problems));
const { pipeline } = read;

it("has at least twenty agents", () => {
  expect(Object.values(fleetSize).reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(20);
});

it.each(["beta", "stable"] as const)(
  "brings somebody new in every step of %s, and at least two in the first",
  (stage) => {
    const ids = agentIds(pipeline, stage);
    expect(new Set(ids).size).toBe(fleetSize[stage]);
    const steps = pipeline.stages.find(({ name }) => name === stage)?.rollout.steps ?? [];
    for (const [i, version] of versions.entries()) {
      const reached = steps.map(({ to }) => exposedAmong(ids, saltOf(pipeline.app, stage, i + 1, version), to));
      expect(reached[0]).toBeGreaterThanOrEqual(2);
      expect(reached).toEqual([...new Set(reached)].sort((a, b) => a - b));
      expect(reached.at(-1)).toBe(ids.length);
    }
  },
);
