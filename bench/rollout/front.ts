import { defaultPlan, type EvidencePlan, soakOf } from "@sluice/core/rollout/evidence/plan.ts";
import { measure } from "@sluice/sim/fleet/measure.ts";
import { evidencePolicy } from "@sluice/sim/fleet/policies/evidence.ts";
import { defaultFleet, type Scenario, scenarios } from "@sluice/sim/fleet/scenario.ts";
import { progress, rounded } from "./values.ts";

const watched = ["bad2", "bad5", "bad20", "latent6h", "dark20"];
const soak = soakOf(8 * 3_600_000);

/** What can be traded: the brake and the ration (hours against failures), the soak's budget (hours against late crashes). */
const plans: readonly (readonly [name: string, plan: EvidencePlan])[] = [
  ...[
    { brake: 1, most: 40 },
    { brake: 1, most: 30 },
    { brake: 0.3, most: 30 },
    { brake: 0.3, most: 20 },
    { brake: 0.3, most: 12 },
    { brake: 0.1, most: 8 },
  ].map(({ brake, most }) => {
    const ration = { ...defaultPlan.ration, most };
    const plan = { ...defaultPlan, soak: null, ration, brake: { ...defaultPlan.brake, evidence: brake } };
    return [`no soak, brake at ${brake}, ration to ${most}`, plan] as const;
  }),
  ...[100, 200, 400, 800, 1_600].map((most) => {
    return [`soak 8 h, budget ${most}`, { ...defaultPlan, soak: { ...soak, most } }] as const;
  }),
  ...[
    { first: 0, growth: 1 },
    { first: 0.33, growth: 2 },
    { first: 0.4, growth: 1.7 },
    { first: 0.4, growth: 2 },
  ].map(({ first, growth }) => {
    const name = `soak 8 h, ${first} of the budget first, then ${growth} times as many`;
    return [name, { ...defaultPlan, soak: { ...soak, first, growth } }] as const;
  }),
];

/** Clients that report an hour after they installed: what comes late is known even later. */
const slow = 3_600_000 / defaultFleet.reportMs;
const slowFleet = { ...defaultFleet, reportMs: slow * defaultFleet.reportMs };

/** The plans between which nothing is for nothing, for 100,000 clients: medians. */
export function front({ runs, seed }: { readonly runs: number; readonly seed: number }) {
  const rows: Record<string, unknown>[] = [];
  const figures: Record<string, number> = {};
  for (const [name, plan] of plans) {
    const policy = evidencePolicy(name, plan);
    const run = (scenario: Scenario, times: number) =>
      measure({ fleet: defaultFleet, scenario, policy, runs: times, seed });
    const row: Record<string, unknown> = { plan: name };
    const good = run(
      { failure: defaultFleet.baseline, onsetMs: 0, attributeShare: 1, dark: false },
      Math.ceil(runs / 10),
    );
    if (good.hours) {
      row.hours = rounded(good.hours.median);
      figures[`${name}.hours`] = rounded(good.hours.median);
    }
    for (const [scenario, description] of Object.entries(scenarios)) {
      // Without a soak nobody is spared what comes after six hours.
      if (!watched.includes(scenario) || (scenario === "latent6h" && plan.soak === null)) continue;
      const { harmed } = run(description, runs);
      row[scenario] = `${harmed.median} [${harmed.p95}]`;
      figures[`${name}.${scenario}`] = harmed.median;
    }
    if (plan.soak !== null) {
      const slowly = evidencePolicy(name, { ...plan, reportDeadlineMs: slow * plan.reportDeadlineMs });
      const scenario = { failure: 0.05, onsetMs: 6 * 3_600_000, attributeShare: 1, dark: false };
      const { harmed } = measure({ fleet: slowFleet, scenario, policy: slowly, runs, seed });
      row["latent6h, reports after 1 h"] = `${harmed.median} [${harmed.p95}]`;
    }
    rows.push(row);
    progress(name);
  }
  return { rows, figures };
}
