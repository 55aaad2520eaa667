import { type Figures, measure } from "@sluice/sim/fleet/measure.ts";
import { policies } from "@sluice/sim/fleet/policies/catalogue.ts";
import { defaultFleet, scenarios } from "@sluice/sim/fleet/scenario.ts";
import { progress, rounded } from "./values.ts";

const fleets = [1_000, 100_000, 1_000_000];
const fullRuns = 200;

/**
 * Runs by default: a release that is stopped costs milliseconds, one that reaches everybody up to a second, so the latter gets fewer.
 */
const defaultRuns: Readonly<Record<number, { readonly stopped: number; readonly spread: number }>> = {
  1000: { stopped: 60, spread: 30 },
  100000: { stopped: 200, spread: 10 },
  1000000: { stopped: 10, spread: 2 },
};

const fewRuns = { stopped: 20, spread: 5 };

export interface TableOptions {
  /** In every cell; null for the default. */
  readonly runs: number | null;
  readonly seed: number;
  readonly full: boolean;
  /** The fleets; null for the three of the table. */
  readonly sizes: readonly number[] | null;
}

interface Table {
  readonly rows: Record<string, unknown>[];
  readonly figures: Record<string, number>;
}

/** Every policy in every scenario on every fleet. */
export function wholeTable({ runs, seed, full, sizes }: TableOptions): Table {
  const rows: Record<string, unknown>[] = [];
  const figures: Record<string, number> = {};
  if (!full) progress("fewer runs for releases that reach everybody; --full gives every cell 200, in about an hour");
  for (const clients of sizes ?? fleets) {
    for (const policy of policies) {
      const started = performance.now();
      const row: Record<string, unknown> = { fleet: clients, policy: policy.name };
      for (const [name, scenario] of Object.entries(scenarios)) {
        const most = runs ?? fullRuns;
        const usual = (defaultRuns[clients] ?? fewRuns)[stopsEarly(policy.name, name) ? "stopped" : "spread"];
        const cell = measure({
          fleet: { ...defaultFleet, clients },
          scenario,
          policy,
          runs: full ? most : Math.min(most, usual),
          seed,
        });
        record(`${clients}.${policy.name}`, name, cell, figures, row);
      }
      rows.push(row);
      progress(`${clients} clients, ${policy.name}: ${Math.round((performance.now() - started) / 1000)} s`);
    }
  }
  return { rows, figures };
}

/** Whether the policy is known to stop such a release before it reaches everybody. Only the number of runs depends on it. */
function stopsEarly(policy: string, scenario: string): boolean {
  if (scenario.startsWith("false")) return false;
  const byEvidence = policy.startsWith("evidence");
  if (scenario === "dark20") return byEvidence;
  if (scenario === "latent6h") return byEvidence ? policy !== "evidence" : policy === "staged" || policy === "rings";
  return byEvidence || policy !== "linear" || scenario === "bad20" || scenario === "bad100";
}

/**
 * Beside a percentage of runs, `.p95` is the rate of false rollbacks that is still plausible after so many runs (95 %): zero in 200 is
 * not zero.
 */
function record(
  prefix: string,
  scenario: string,
  cell: Figures,
  figures: Record<string, number>,
  row: Record<string, unknown>,
): void {
  const set = (name: string, median: number, p95: number) => {
    figures[`${prefix}.${name}`] = rounded(median);
    figures[`${prefix}.${name}.p95`] = rounded(p95);
  };
  if (!scenario.startsWith("false")) {
    set(scenario, cell.harmed.median, cell.harmed.p95);
    const missed = cell.endedPercent < 100 ? `, ${rounded(100 - cell.endedPercent)} % missed` : "";
    row[scenario] = `${cell.harmed.median} [${cell.harmed.p95}]${missed}`;
    return;
  }
  if (scenario === "false0.5" && cell.hours) {
    set("hours", cell.hours.median, cell.hours.p95);
    row.hours = `${cell.hours.median.toFixed(1)} [${cell.hours.p95.toFixed(1)}]`;
  }
  set(scenario, cell.endedPercent, plausibleAtMost(cell.endedPercent, cell.runs));
  row[scenario] = `${rounded(cell.endedPercent)} % of ${cell.runs}`;
}

/** Wilson's upper 95 % limit of a share, in percent. */
function plausibleAtMost(percent: number, runs: number): number {
  const z = 1.645;
  const p = percent / 100;
  const centre = p + (z * z) / (2 * runs);
  const half = z * Math.sqrt((p * (1 - p)) / runs + (z * z) / (4 * runs * runs));
  return Math.min(100, (100 * (centre + half)) / (1 + (z * z) / runs));
}
