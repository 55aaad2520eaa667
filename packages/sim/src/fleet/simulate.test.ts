import { defaultPlan } from "@sluice/core/rollout/evidence/plan.ts";
import { describe, expect, it } from "vitest";
import { measure } from "./measure.ts";
import { policies } from "./policies/catalogue.ts";
import { evidencePolicy } from "./policies/evidence.ts";
import { linear, staged } from "./policies/timed.ts";
import { defaultFleet, scenarios } from "./scenario.ts";
import { simulate } from "./simulate.ts";

const named = (name: string) => {
  const scenario = scenarios[name];
  if (!scenario) throw new Error(`no scenario ${name}`);
  return scenario;
};
const evidence = evidencePolicy("evidence", defaultPlan);
const noSoak = evidencePolicy("no soak", { ...defaultPlan, soak: null });
const small = { ...defaultFleet, clients: 2_000 };

describe("a simulated rollout", () => {
  it("comes out the same for the same seed, and otherwise for another", () => {
    const run = { fleet: small, scenario: named("bad20"), policy: evidence };
    expect(simulate({ ...run, seed: 1 })).toEqual(simulate({ ...run, seed: 1 }));
    const harmed = [1, 2, 3, 4, 5, 6].map((seed) => simulate({ ...run, seed }).stoppedAtMs);
    expect(new Set(harmed).size).toBeGreaterThan(1);
  });

  it("reaches everybody within one poll when everybody is exposed at once", () => {
    const outcome = simulate({ fleet: small, scenario: named("false0.5"), policy: linear, seed: 1 });
    expect(outcome.installed).toBe(2_000);
    expect(outcome.spreadAtMs).toBeLessThan(6.2 * 3_600_000);
  });

  it("harms what a staged policy's first 5 % harms", () => {
    const { harmed, endedPercent } = measure({
      fleet: defaultFleet,
      scenario: named("bad100"),
      policy: staged,
      runs: 3,
      seed: 1,
    });
    expect(endedPercent).toBe(100);
    expect(harmed.median).toBeGreaterThan(4_800);
    expect(harmed.median).toBeLessThan(5_200);
  });

  it("takes clients back at their next poll: those that would have crashed later are spared", () => {
    const late = { ...named("latent6h"), failure: 1, onsetMs: 20 * 60_000 };
    const outcome = simulate({ fleet: { ...small, pollMs: 60_000 }, scenario: late, policy: evidence, seed: 1 });
    expect(outcome.stoppedAtMs).not.toBeNull();
    expect(outcome.harmed).toBeLessThan(outcome.installed);
  });

  it("knows every policy of the benchmark", () => {
    expect(policies.map(({ name }) => name)).toEqual([
      "staged",
      "canary",
      "linear",
      "rings",
      "evidence",
      "evidence-soak-8h",
      "evidence-soak-24h",
      "evidence-share-soak-8h",
    ]);
  });
});

describe("the evidence, for 100,000 clients", () => {
  const harmed = { bad2: 49, bad5: 12, bad20: 5, bad100: 2, latent6h: 14, subgroup3: 4, dark20: 14 };
  for (const [name, most] of Object.entries(harmed)) {
    it(`harms at most ${most} in ${name}, and stops it`, () => {
      const figures = measure({ fleet: defaultFleet, scenario: named(name), policy: evidence, runs: 60, seed: 1 });
      expect(figures.harmed.median).toBeLessThanOrEqual(most);
      expect(figures.endedPercent).toBe(100);
    });
  }

  it("lets a good release reach them in 22 h, or in 7.7 h without a soak", () => {
    for (const [policy, most] of [
      [evidence, 22],
      [noSoak, 7.7],
    ] as const) {
      const figures = measure({ fleet: defaultFleet, scenario: named("false0.5"), policy, runs: 25, seed: 1 });
      expect(figures.endedPercent).toBe(0);
      expect(figures.hours?.median).toBeLessThanOrEqual(most);
    }
  });
});
