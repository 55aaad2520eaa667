import { fullExposure } from "./bucket.ts";
import type { Rollout } from "./schema.ts";

/**
 * The share that follows on `basisPoints`, or undefined when everybody is exposed; for a rollout that goes by the clock. It depends on the exposure alone, so a
 * pipeline that changes in the middle of a rollout can hold it up or speed it up but never take the release away.
 */
export function nextExposure({ steps, linear }: Rollout, basisPoints: number): number | undefined {
  if (basisPoints >= fullExposure) return undefined;
  if (linear !== undefined) return Math.min(fullExposure, basisPoints + linear.by);
  return steps?.find((step) => step.to > basisPoints)?.to ?? fullExposure;
}

/** How long to stay at an exposure, in ms: the hold of the last step that it has reached; a ramp's end is not held. */
export function holdMs({ steps, linear }: Rollout, basisPoints: number): number {
  if (linear !== undefined) return basisPoints < fullExposure ? linear.every : 0;
  return steps?.findLast((step) => step.to <= basisPoints)?.hold ?? 0;
}
