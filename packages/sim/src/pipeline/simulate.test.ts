import { parsePipeline } from "@sluice/core/pipeline/parse.ts";
import type { Pipeline } from "@sluice/core/pipeline/schema.ts";
import { defaultPlan } from "@sluice/core/rollout/evidence/plan.ts";
import { describe, expect, it } from "vitest";
import { evidencePolicy } from "../fleet/policies/evidence.ts";
import { evidenceByShare } from "../fleet/policies/evidence-by-share.ts";
import { defaultFleet, type Fleet, scenarios } from "../fleet/scenario.ts";
import { simulate } from "../fleet/simulate.ts";
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

describe("a release that pays for exposure with evidence", () => {
  const paying = "  - name: stable\n    rollout: { evidence: { groups: [region] } }\n";

  it("harms exactly whom the policy of the benchmark harms, and takes as long: both ask the same decisions", () => {
    // Reports after a minute, so that the counts are looked at each time that they change.
    const fleet = { ...defaultFleet, clients: 2_000, reportMs: 60_000 };
    const policy = evidencePolicy("evidence", defaultPlan);
    for (const name of ["false0.5", "bad5", "bad20", "bad100", "latent6h", "dark20"]) {
      const scenario = scenarios[name];
      if (!scenario) throw new Error(`no scenario ${name}`);
      const alone = simulate({ fleet, scenario, policy, seed: 101 });
      expect([name, run(paying, [fleet], name)]).toEqual([name, alone]);
    }
  });

  it("does so too where clients read files, by a share that rises as their reports pay for it", () => {
    const byShare = "  - name: stable\n    rollout: { evidence: { admission: share, groups: [region] } }\n";
    const fleet = { ...defaultFleet, clients: 2_000, reportMs: 60_000 };
    const policy = evidenceByShare("share", defaultPlan, 6.6 * hour);
    for (const name of ["false0.5", "bad5", "bad20", "bad100", "latent6h", "dark20"]) {
      const scenario = scenarios[name];
      if (!scenario) throw new Error(`no scenario ${name}`);
      const alone = simulate({ fleet, scenario, policy, seed: 101 });
      const { stoppedAtMs, spreadAtMs, ...through } = run(byShare, [fleet], name);
      expect([name, alone]).toMatchObject([name, through]);
      // A share is counted a moment after it was published.
      expect(Math.abs((stoppedAtMs ?? 0) - (alone.stoppedAtMs ?? 0))).toBeLessThan(60_000);
      expect(Math.abs((spreadAtMs ?? 0) - (alone.spreadAtMs ?? 0))).toBeLessThan(60_000);
    }
    const group = run(byShare, [fleet], "subgroup3");
    expect(group).toMatchObject({ haltedGroups: 1, stoppedAtMs: null });
    expect(group.harmed).toBeLessThan(10);
  });

  it("halts one group alone, and lets the others have it", () => {
    const { haltedGroups, harmed, installed } = run(paying, fleets(2_000), "subgroup3");
    expect(haltedGroups).toBe(1);
    expect(harmed).toBeLessThan(10);
    expect(installed).toBeGreaterThan(1_900);
    expect(run(paying.replace("region", ""), fleets(200), "subgroup3").haltedGroups).toBe(0);
  });

  it("gets through a stage that is too small to prove anything, and into the next", () => {
    const two = `  - name: dev\n    rollout: { evidence: { soak: 1h } }\n${paying}`;
    const { stoppedAtMs, installed, spreadAtMs } = run(two, fleets(20, 500), "false0.5", 2);
    expect(stoppedAtMs).toBeNull();
    expect(installed).toBe(520);
    expect(spreadAtMs).not.toBeNull();
  });

  it("keeps the next wave waiting as long as its barrier says", () => {
    const waves = (barrier: string) =>
      `  - name: stable\n    rollout: { linear: { by: 50%, every: 1m }, waves: [{ name: eu, match: { region: eu }${barrier} }, { name: rest }] }\n`;
    const good = (barrier: string) => run(waves(barrier), fleets(500), "false0.5", 2).spreadAtMs ?? 0;
    const hour = 3_600_000;
    const wait = good(", barrier: { hold: 24h }") - good("");
    expect(Math.abs(wait - 24 * hour)).toBeLessThan(hour);
    const healthy = run(waves(", barrier: { min-clients: 400 }"), fleets(500), "false0.5", 2);
    // Only 250 are in the first wave: it never has so many.
    expect(healthy.spreadAtMs).toBeNull();
  });

  it("waits for a person when it was not decided in time", () => {
    const short = "  - name: stable\n    rollout: { evidence: { decide-within: 2h } }\n";
    const outcome = run(short, fleets(2_000), "false0.5");
    expect(outcome).toMatchObject({ stoppedAtMs: null, spreadAtMs: null });
    expect(outcome.installed).toBeLessThan(2_000);
  });
});

it("takes the word of people and of the world outside as given, and says so", () => {
  const waves =
    "    rollout: { linear: { by: 10%, every: 1m }, waves: [{ name: eu, match: { region: eu }, barrier: { hold: 24h, approval: { from: [ops] } } }, { name: rest }] }\n";
  const text = JSON.stringify(pipelineOf(`  - name: stable\n    gates: [{ no-issues: {} }]\n${waves}`));
  const pipeline: Pipeline = JSON.parse(text.replace('"gates":[', '"gates":[{"asked-elsewhere":{}},'));
  const { pipeline: kept, takenAsGiven } = withoutPeople(pipeline);
  expect(kept.stages[0]?.gates).toEqual([{ "no-issues": { "at-least": "warning" } }]);
  expect(kept.stages[0]?.rollout.waves).toEqual([
    { name: "eu", match: { region: ["eu"] }, barrier: { hold: 86_400_000 } },
    { name: "rest" },
  ]);
  expect(takenAsGiven).toEqual(["stable: approval after wave eu", "stable: asked-elsewhere"]);
  const paid = JSON.parse(JSON.stringify(pipeline).replace(/"linear":{[^}]*}/, '"evidence":{}'));
  const files = pipelineOf(
    "  - name: stable\n    rollout: { evidence: {} }\n    targets: [{ static: { folder: f } }]\n",
  );
  expect(withoutPeople(files).pipeline.stages[0]?.rollout.evidence?.admission).toBe("share");
  expect(withoutPeople(paid).takenAsGiven).toEqual(["stable: waves", "stable: asked-elsewhere"]);
});
