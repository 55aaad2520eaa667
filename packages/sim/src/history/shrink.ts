import { faultNames } from "../world/faults.ts";
import type { Limits } from "./draw.ts";
import { type History, type HistoryOptions, runHistory } from "./run.ts";
import type { Violation } from "./violation.ts";

/** The smallest history found that violates the same. */
export interface Shrunk {
  readonly limits: Limits;
  readonly history: History;
  /** How many histories were tried. */
  readonly attempts: number;
}

/** A history that was violated. */
export type Failed = History & { readonly violation: Violation };

interface ShrinkOptions {
  /** What was left out when it failed. */
  readonly limits: Limits;
  /** Runs a history; the production code, but for tests. */
  readonly run?: (seed: number, options: HistoryOptions) => Promise<History>;
  /** Is told after each attempt. */
  readonly progress?: (attempts: number, best: History) => void;
}

/** How many of each a history has at most: where the search for fewer begins. */
const most = { days: 20, clients: 20, servers: 2, agents: 2, stages: 4 } as const;
type Size = keyof typeof most;

/**
 * Looks for a smaller history of the same seed that violates the same: fewer kinds of faults, fewer stages, clients, machines and servers, fewer
 * days, and of these fewer in which somebody does something. Takes what still fails and is not longer, halves what is between, and ends after some forty histories.
 */
export async function shrink(seed: number, failed: Failed, options: ShrinkOptions): Promise<Shrunk> {
  const { run = runHistory, progress } = options;
  let best = { limits: options.limits, history: failed as History };
  let attempts = 0;
  const attempt = async (limits: Limits) => {
    attempts++;
    const history = await run(seed, { limits }).catch(() => undefined);
    const isSame = history?.violation?.guards === failed.violation.guards;
    const isTaken = isSame && sizeOf(history) <= sizeOf(best.history);
    if (isTaken) best = { limits, history };
    progress?.(attempts, best.history);
    return isTaken;
  };
  /** The fewest that still fail are between `least` and what is known to fail. */
  const fewest = async (size: Size, least: number) => {
    let low = least;
    let high = Math.min(best.limits[size] ?? most[size], size === "days" ? Math.ceil(best.history.days) : most[size]);
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (await attempt({ ...best.limits, [size]: middle })) high = middle;
      else low = middle + 1;
    }
  };
  await fewest("days", 1);
  if (!(await attempt({ ...best.limits, without: faultNames })))
    for (const name of faultNames)
      if (!best.limits.without.includes(name))
        await attempt({ ...best.limits, without: [...best.limits.without, name] });
  await fewest("servers", 1);
  await fewest("agents", 0);
  await fewest("stages", 1);
  await fewest("clients", 1);
  await fewest("days", 1);
  let [idle, busy] = [0, Math.ceil(best.history.days)];
  while (idle + 1 < busy) {
    const middle = Math.floor((idle + busy) / 2);
    if (await attempt({ ...best.limits, idle: middle })) idle = middle;
    else busy = middle;
  }
  return { ...best, attempts };
}

/** How much there is to read. */
function sizeOf({ events, faults }: History): number {
  return events + faults;
}
