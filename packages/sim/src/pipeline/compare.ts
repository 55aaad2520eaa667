import type { Pipeline } from "@sluice/core/pipeline/schema.ts";
import { type Figures, figuresOf } from "../fleet/measure.ts";
import type { Comparison } from "../fleet/policies/catalogue.ts";
import type { Fleet, Scenario } from "../fleet/scenario.ts";
import { type Outcome, simulate } from "../fleet/simulate.ts";
import { simulatePipeline } from "./simulate.ts";

/** A pipeline beside other policies, in some scenarios. */
export interface Contest {
  readonly pipeline: Pipeline;
  /** The clients of each stage; the others get all of them at once. */
  readonly fleets: readonly Fleet[];
  readonly scenarios: readonly (readonly [name: string, scenario: Scenario])[];
  readonly others: readonly Comparison[];
  readonly runs: number;
  readonly seed: number;
}

/** What one plan came to in one scenario. */
export interface Cell {
  readonly plan: string;
  readonly scenario: string;
  readonly figures: Figures;
}

/** The name of the pipeline among the plans. */
export const thisPipeline = "this pipeline";

/** How many runs a contest has. */
export function runsOf({ scenarios, others, runs }: Contest): number {
  return scenarios.length * (1 + others.length) * runs;
}

/**
 * Runs a contest, the pipeline first. Between two runs other work gets its turn.
 * @param onRun told after each run how many there were
 * @throws the signal's reason when it is aborted
 */
export async function compare(contest: Contest, signal: AbortSignal, onRun: (done: number) => void): Promise<Cell[]> {
  const { pipeline, fleets, scenarios, others, runs, seed } = contest;
  const [first] = fleets;
  if (first === undefined) throw new RangeError("The pipeline has no stage.");
  const everybody = { ...first, clients: fleets.reduce((sum, { clients }) => sum + clients, 0) };
  const plans: readonly (readonly [string, (scenario: Scenario, seed: number) => Outcome])[] = [
    [thisPipeline, (scenario, one) => simulatePipeline({ pipeline, fleets, scenario, seed: one })],
    ...others.map(({ policy }) => {
      const run = (scenario: Scenario, one: number) => simulate({ fleet: everybody, scenario, policy, seed: one });
      return [policy.name, run] as const;
    }),
  ];
  const cells: Cell[] = [];
  let done = 0;
  for (const [plan, run] of plans) {
    for (const [name, scenario] of scenarios) {
      const outcomes: Outcome[] = [];
      for (let one = 0; one < runs; one++) {
        await new Promise((resolve) => setImmediate(resolve));
        signal.throwIfAborted();
        outcomes.push(run(scenario, seed + one));
        onRun(++done);
      }
      cells.push({ plan, scenario: name, figures: figuresOf(outcomes) });
    }
  }
  return cells;
}
