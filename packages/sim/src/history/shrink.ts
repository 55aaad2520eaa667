import { faultNames } from "../world/faults.ts";
import type { Limits } from "./draw.ts";
import { type History, runHistory } from "./run.ts";

/** The smallest history found that violates the same. */
export interface Shrunk {
  readonly limits: Limits;
  readonly history: History;
}

/**
 * Looks for a smaller history of the same seed that violates the same: fewer kinds of faults, fewer clients and servers, fewer
 * days. Takes each step that still fails, so it ends after some thirty runs.
 */
export async function shrink(seed: number, failed: History): Promise<Shrunk> {
  let best: Shrunk = { limits: { without: [] }, history: failed };
  const attempt = async (limits: Limits) => {
    const history = await runHistory(seed, { limits });
    const same = history.violation !== undefined && history.violation.guards === failed.violation?.guards;
    if (same) best = { limits, history };
    return same;
  };
  for (const days of [1, 2, 3, 5, 8]) if (await attempt({ ...best.limits, days })) break;
  await attempt({ ...best.limits, servers: 1 });
  for (const clients of [1, 2, 3, 5, 10]) if (await attempt({ ...best.limits, clients })) break;
  for (const name of faultNames) await attempt({ ...best.limits, without: [...best.limits.without, name] });
  return best;
}

/** Limits as options of the command. */
export function limitsAsOptions({ without, days, clients, servers }: Limits): string {
  return [
    ...(days === undefined ? [] : [`--days ${days}`]),
    ...(clients === undefined ? [] : [`--clients ${clients}`]),
    ...(servers === undefined ? [] : [`--servers ${servers}`]),
    ...(without.length === 0 ? [] : [`--without ${without.join(",")}`]),
  ].join(" ");
}
