import { failureLimit } from "@sluice/core/analysis/judge.ts";
import type { Pipeline } from "@sluice/core/pipeline/schema.ts";
import { type Power, powerOf } from "@sluice/core/rollout/power/power.ts";
import type { Figures, Spread } from "@sluice/sim/fleet/measure.ts";
import type { Scenario } from "@sluice/sim/fleet/scenario.ts";
import type { Cell, Contest } from "@sluice/sim/pipeline/compare.ts";

/** What one plan came to in one scenario. */
export interface PlanOutcome {
  readonly plan: string;
  readonly harmed: Spread;
  /** Until 99 % of the clients had the release; null where it reached so many in no run. */
  readonly hoursToAll: Spread | null;
  /** Runs in which it was rolled back, in which it was halted for a group alone, and in which it waits for a person, in percent. */
  readonly rolledBackPercent: number;
  readonly haltedPercent: number;
  readonly heldPercent: number;
  /** Good releases that were rolled back, in percent; null for a bad one. */
  readonly falseRollbackPercent: number | null;
  /** Bad releases that nothing stopped, in percent; null for a good one. */
  readonly missedPercent: number | null;
}

/** The answer of `sluice simulate`. */
export interface Simulation {
  readonly app: string;
  readonly runs: number;
  readonly seed: number;
  readonly clients: readonly { readonly stage: string; readonly clients: number }[];
  readonly takenAsGiven: readonly string[];
  readonly power: readonly Power[];
  readonly scenarios: readonly { readonly scenario: string; readonly plans: readonly PlanOutcome[] }[];
}

/** Puts what was measured together. @param given the file, with what was left out of it to simulate it */
export function simulationOf(
  contest: Contest,
  cells: readonly Cell[],
  { takenAsGiven, file }: { readonly takenAsGiven: readonly string[]; readonly file: Pipeline },
): Simulation {
  const { pipeline, fleets, runs, seed, scenarios } = contest;
  const limit = Math.min(...pipeline.stages.map(failureLimit)) / 10_000;
  return {
    app: pipeline.app,
    runs,
    seed,
    clients: pipeline.stages.map(({ name }, index) => ({ stage: name, clients: fleets[index]?.clients ?? 0 })),
    takenAsGiven,
    power: powersOf(file, fleets),
    scenarios: scenarios.map(([name, scenario]) => ({
      scenario: name,
      plans: cells
        .filter((cell) => cell.scenario === name)
        .map(({ plan, figures }) => outcomeOf(plan, figures, isGood(scenario, limit))),
    })),
  };
}

/** What each stage can see. */
function powersOf(pipeline: Pipeline, fleets: Contest["fleets"]): Power[] {
  return pipeline.stages.flatMap((stage, index) => {
    const fleet = fleets[index];
    return fleet === undefined ? [] : [powerOf(stage, fleet)];
  });
}

function outcomeOf(plan: string, figures: Figures, good: boolean): PlanOutcome {
  const { harmed, hours, endedPercent, haltedPercent, heldPercent } = figures;
  return {
    plan,
    harmed,
    hoursToAll: hours,
    falseRollbackPercent: good ? endedPercent : null,
    missedPercent: good ? null : 100 - endedPercent - heldPercent,
    rolledBackPercent: endedPercent - haltedPercent,
    haltedPercent,
    heldPercent,
  };
}

function isGood({ failure, onsetMs, attributeShare, dark }: Scenario, limit: number): boolean {
  return failure <= limit && onsetMs === 0 && attributeShare >= 1 && !dark;
}
