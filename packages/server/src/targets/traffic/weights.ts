import { fullExposure } from "@sluice/core/rollout/bucket.ts";

/** How far from what was asked a share may be, in basis points. */
export const toleratedBasisPoints = 10;

/** The weight of every server of the two releases, and the share that comes of it. */
export interface Weights {
  readonly main: number;
  readonly trial: number;
  /** What the trial really gets, in basis points. */
  readonly basisPoints: number;
}

/**
 * The weights that come nearest to a share; of several that come equally near, the smallest.
 * @param servers how many share the traffic of each release; of both at least one
 * @param basisPoints what the trial is to get, between 1 and 9,999
 * @param weightMax the largest weight that the router knows
 */
export function weightsFor(
  servers: { readonly main: number; readonly trial: number },
  basisPoints: number,
  weightMax: number,
): Weights {
  let best: Weights | undefined;
  for (let main = 1; main <= weightMax; main++) {
    const exact = (main * servers.main * basisPoints) / ((fullExposure - basisPoints) * servers.trial);
    for (const trial of [Math.floor(exact), Math.ceil(exact)]) {
      if (trial < 1 || trial > weightMax) continue;
      const weights = { main, trial, basisPoints: shareOf(trial * servers.trial, main * servers.main) };
      if (best === undefined || distance(weights, basisPoints) < distance(best, basisPoints)) best = weights;
    }
  }
  return best ?? { main: weightMax, trial: 1, basisPoints: shareOf(servers.trial, weightMax * servers.main) };
}

/** What of the traffic goes to the first of two sums of weights, in basis points. */
export function shareOf(own: number, others: number): number {
  return (own / (own + others)) * fullExposure;
}

function distance(weights: Weights, basisPoints: number): number {
  return Math.abs(weights.basisPoints - basisPoints);
}
