import { parsePipeline } from "@sluice/core/pipeline/parse.ts";
import type { Pipeline } from "@sluice/core/pipeline/schema.ts";
import { describe, expect, it } from "vitest";
import { defaultFleet, type Fleet, scenarios } from "../fleet/scenario.ts";
import { simulatePipeline } from "./simulate.ts";
import { withoutPeople } from "./without-people.ts";

const hour = 3_600_000;
const pipelineOf = (stages: string) => {
  const read = parsePipeline(`apiVersion: sluice/v1\napp: shop\nstages:\n${stages}`);
  if ("problems" in read) throw new Error(JSON.stringify(read.problems));
  return read.pipeline;
};
const fleets = (...clients: number[]): Fleet[] => clients.map((count) => ({ ...defaultFleet, clients: count }));
const run = (stages: string, sizes: Fleet[], name: string, seed = 1) => {
  const scenario = scenarios[name];
  if (!scenario) throw new Error(`no scenario ${name}`);
  return simulatePipeline({ pipeline: pipelineOf(stages), fleets: sizes, scenario, seed });
};
const soaked = "  - name: dev\n  - name: stable\n    gates: [{ soak: 24h }]\n";
const stepped = "  - name: stable\n    rollout: { steps: [{ to: 5%, hold: 24h }, { to: 100% }] }\n";

describe("a release on its way through a pipeline", () => {
  it("soaks in each stage, then reaches the last one's clients at their polls", () => {
    const { spreadAtMs, stoppedAtMs, installed } = run(soaked, fleets(100, 1_000), "false0.5");
    expect(stoppedAtMs).toBeNull();
    expect(installed).toBe(1_100);
    expect((spreadAtMs ?? 0) / hour).toBeCloseTo(24 + 6, 0);
  });

  it("is stopped in the first stage when it is bad, and the last stage never sees it", () => {
    const { installed, harmed, stoppedAtMs } = run(soaked, fleets(100, 1_000), "bad100");
    expect(stoppedAtMs).not.toBeNull();
    expect(installed).toBeLessThan(100);
    expect(harmed).toBe(installed);
  });

  it("is held to a step's share for its time", () => {
    const { spreadAtMs } = run(stepped, fleets(2_000), "false0.5");
    expect((spreadAtMs ?? 0) / hour).toBeCloseTo(24 + 6, 0);
    const bad = run(stepped, fleets(2_000), "bad100");
    expect(bad.harmed).toBeLessThan(100);
  });

  it("harms everybody where nothing watches, and stops where the stop test does", () => {
    const blind = run("  - name: stable\n    stop-test: false\n", fleets(2_000), "bad20");
    expect(blind).toMatchObject({ stoppedAtMs: null, installed: 2_000 });
    expect(run("  - name: stable\n", fleets(2_000), "bad20").installed).toBeLessThan(200);
  });

  it("comes out the same for the same seed", () => {
    const once = () => run(stepped, fleets(2_000), "bad5", 3);
    expect(once()).toEqual(once());
  });
});

it("takes the word of people and of the world outside as given, and says so", () => {
  const text = JSON.stringify(pipelineOf("  - name: stable\n    gates: [{ no-issues: {} }]\n"));
  const pipeline: Pipeline = JSON.parse(text.replace('"gates":[', '"gates":[{"asked-elsewhere":{}},'));
  const { pipeline: kept, takenAsGiven } = withoutPeople(pipeline);
  expect(kept.stages[0]?.gates).toEqual([{ "no-issues": { "at-least": "warning" } }]);
  expect(takenAsGiven).toEqual(["stable: asked-elsewhere"]);
});
