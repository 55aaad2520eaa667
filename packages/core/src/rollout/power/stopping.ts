import { logEValue } from "../evidence/stop.ts";
import { type Chances, failuresAmong } from "./binomial.ts";

export interface Stopping {
  /** The chance that the stop test stops the release before every client has it, 0 to 1. */
  readonly chance: number;
  /** How many clients have installed it by then in half of the rollouts that are stopped; null when none is. */
  readonly medianClients: number | null;
}

/** So many clients are looked at one by one; from then on they come in blocks that grow with their number. */
const singly = 64;
const growth = 0.05;
const negligible = 1e-9;

/**
 * How the stop test fares against a release that fails with probability `rate`, in a fleet of `clients`: the distribution of the
 * failures among those that have it, followed block by block, without what the test has stopped. In a block, a crossing
 * that is undone before its end is overlooked, so that the chance is at most a little too low.
 * @param test `limit` and `alpha` of the stop test, fractions
 */
export function stoppingOf(
  rate: number,
  clients: number,
  { limit, alpha }: { readonly limit: number; readonly alpha: number },
): Stopping {
  const threshold = -Math.log(alpha);
  let going: Chances = { first: 0, of: Float64Array.of(1) };
  let installed = 0;
  let enough = 0;
  let stopped = 0;
  const stoppedBy: { readonly clients: number; readonly chance: number }[] = [];
  while (installed < clients && 1 - stopped > negligible) {
    const block = Math.min(clients - installed, installed < singly ? 1 : Math.ceil(installed * growth));
    installed += block;
    // More clients only ever ask for more failures.
    while (enough <= installed && logEValue(installed, enough, limit) < threshold) enough++;
    const after = sumOf(going, failuresAmong(block, rate));
    const kept = after.of.subarray(0, Math.max(0, enough - after.first));
    stopped = 1 - kept.reduce((total, chance) => total + chance, 0);
    stoppedBy.push({ clients: installed, chance: stopped });
    going = withoutTails({ first: after.first, of: kept });
  }
  const half = stoppedBy.find(({ chance }) => chance >= stopped / 2);
  return { chance: stopped, medianClients: stopped > negligible && half ? half.clients : null };
}

function sumOf(a: Chances, b: Chances): Chances {
  const of = new Float64Array(a.of.length + b.of.length - 1);
  for (let i = 0; i < a.of.length; i++) {
    const chance = a.of[i] ?? 0;
    for (let j = 0; j < b.of.length; j++) of[i + j] = (of[i + j] ?? 0) + chance * (b.of[j] ?? 0);
  }
  return { first: a.first + b.first, of };
}

/** Without what is too unlikely to matter at both ends, so that the distribution stays narrow. */
function withoutTails({ first, of }: Chances): Chances {
  let from = 0;
  let to = of.length;
  while (from < to && (of[from] ?? 0) < negligible * negligible) from++;
  while (to > from && (of[to - 1] ?? 0) < negligible * negligible) to--;
  return { first: first + from, of: of.subarray(from, to) };
}
