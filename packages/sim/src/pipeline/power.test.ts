import { parsePipeline } from "@sluice/core/pipeline/parse.ts";
import { powerOf } from "@sluice/core/rollout/power/power.ts";
import { expect, it } from "vitest";
import { defaultFleet } from "../fleet/scenario.ts";
import { simulatePipeline } from "./simulate.ts";

const read = parsePipeline("apiVersion: sluice/v1\napp: shop\nstages:\n  - name: stable\n");
if ("problems" in read) throw new Error("the pipeline is invalid");
const { pipeline } = read;
const runs = 40;

it("says beforehand how often a release is stopped, after how many clients, and how long a good one takes", () => {
  for (const { clients, rate } of [
    { clients: 300, rate: 0.03 },
    { clients: 1_000, rate: 0.02 },
    { clients: 1_000, rate: 0.03 },
    { clients: 5_000, rate: 0.05 },
  ]) {
    // Reports after a minute: with slower ones, clients that are under way when the verdict falls are harmed as well.
    const fleet = { ...defaultFleet, clients, reportMs: 60_000 };
    const scenario = { failure: rate, onsetMs: 0, attributeShare: 1, dark: false };
    const installed: number[] = [];
    for (let seed = 1; seed <= runs; seed++) {
      const outcome = simulatePipeline({ pipeline, fleets: [fleet], scenario, seed });
      if (outcome.stoppedAtMs !== null) installed.push(outcome.installed);
    }
    const [stage] = pipeline.stages;
    const said = stage && powerOf(stage, fleet).detections.find((one) => one.rate === rate);
    // Three standard deviations of a share of so many runs.
    expect(Math.abs((said?.chance ?? 0) - installed.length / runs)).toBeLessThan(0.24);
    const median = installed.sort((a, b) => a - b)[Math.floor(installed.length / 2)] ?? 0;
    expect(Math.abs((said?.clients ?? 0) - median) / median).toBeLessThan(0.3);
  }
  const good = { failure: 0.005, onsetMs: 0, attributeShare: 1, dark: false };
  const { spreadAtMs } = simulatePipeline({ pipeline, fleets: [defaultFleet], scenario: good, seed: 1 });
  const [stage] = pipeline.stages;
  const said = stage && powerOf(stage, defaultFleet).goodReleaseMs;
  expect(Math.abs((said ?? 0) - (spreadAtMs ?? 0))).toBeLessThan(300_000);
});

it("says how long a good release takes where it pays with evidence", () => {
  for (const { rules, fleet } of [
    { rules: "{}", fleet: { clients: 1_000 } },
    { rules: "{ soak: 0s }", fleet: { clients: 20_000 } },
    { rules: "{ soak: 1h, report-deadline: 3m }", fleet: { clients: 20_000, pollMs: 3_600_000, reportMs: 60_000 } },
    { rules: "{ admission: share }", fleet: { clients: 1_000 } },
    { rules: "{ admission: share, soak: 0s }", fleet: { clients: 5_000 } },
    { rules: "{ soak: 4h }", fleet: { clients: 5_000, pollMs: 86_400_000 } },
  ]) {
    const read = parsePipeline(
      `apiVersion: sluice/v1\napp: shop\nstages:\n  - name: stable\n    rollout: { evidence: ${rules} }\n`,
    );
    if ("problems" in read) throw new Error("the pipeline is invalid");
    const audience = { ...defaultFleet, ...fleet };
    const took = [1, 2, 3].map(
      (seed) =>
        simulatePipeline({
          pipeline: read.pipeline,
          fleets: [audience],
          scenario: { failure: 0.005, onsetMs: 0, attributeShare: 1, dark: false },
          seed,
        }).spreadAtMs ?? Number.NaN,
    );
    const [stage] = read.pipeline.stages;
    const said = (stage && powerOf(stage, audience).goodReleaseMs) ?? 0;
    const nearest = Math.min(...took.map((ms) => Math.abs(ms - said) / ms));
    expect([rules, nearest < 0.1]).toEqual([rules, true]);
  }
});
