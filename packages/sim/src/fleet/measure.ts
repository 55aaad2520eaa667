import type { PolicyKind } from "./policy.ts";
import type { Fleet, Scenario } from "./scenario.ts";
import { type Outcome, simulate } from "./simulate.ts";

const hour = 3_600_000;

export interface Spread {
  readonly median: number;
  readonly p95: number;
}

/** What many runs of one scenario came to. */
export interface Figures {
  readonly runs: number;
  /** Clients. */
  readonly harmed: Spread;
  /** Until 99 % of the clients had the release, over the runs in which they got it; null when there was none. */
  readonly hours: Spread | null;
  /** The share of the runs in which the release was stopped or a group halted, in percent. */
  readonly endedPercent: number;
  /** Those of them in which only groups were halted, and the others kept it. In percent. */
  readonly haltedPercent: number;
  /** The share of the runs in which the release neither ended nor reached everybody: it waits for a person. In percent. */
  readonly heldPercent: number;
}

export interface Experiment {
  readonly fleet: Fleet;
  readonly scenario: Scenario;
  readonly policy: PolicyKind;
  readonly runs: number;
  /** The first run's seed; the others follow. */
  readonly seed: number;
}

/** Runs an experiment. The same experiment gives the same figures. `onRun` hears of each run as it ends. */
export function measure(
  { fleet, scenario, policy, runs, seed }: Experiment,
  onRun: (run: number, outcome: Outcome) => void = () => {},
): Figures {
  const outcomes: Outcome[] = [];
  for (let run = 0; run < runs; run++) {
    const outcome = simulate({ fleet, scenario, policy, seed: seed + run });
    outcomes.push(outcome);
    onRun(run, outcome);
  }
  return figuresOf(outcomes);
}

/** What runs of one scenario came to. */
export function figuresOf(outcomes: readonly Outcome[]): Figures {
  const runs = outcomes.length;
  const hours = outcomes.flatMap(({ spreadAtMs }) => (spreadAtMs === null ? [] : [spreadAtMs / hour]));
  const ended = outcomes.filter(({ stoppedAtMs, haltedGroups }) => stoppedAtMs !== null || haltedGroups > 0);
  const held = outcomes.filter((outcome) => !ended.includes(outcome) && outcome.spreadAtMs === null);
  return {
    runs,
    harmed: spreadOf(outcomes.map(({ harmed }) => harmed)),
    hours: hours.length > 0 ? spreadOf(hours) : null,
    endedPercent: (100 * ended.length) / runs,
    haltedPercent: (100 * ended.filter(({ stoppedAtMs }) => stoppedAtMs === null).length) / runs,
    heldPercent: (100 * held.length) / runs,
  };
}

/** The median and the 95th percentile: the smallest values that at least so many are not over. */
function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return { median: at(0.5), p95: at(0.95) };
}
