import type { Stage } from "../pipeline/schema.ts";
import { fullExposure } from "./bucket.ts";

type Steps = Stage["rollout"]["steps"];

/**
 * The exposure that follows on `basisPoints`, or undefined when everybody is exposed. It depends on the exposure alone, so a
 * pipeline that changes in the middle of a rollout can hold it up or speed it up but never take the release away.
 */
export function nextExposure(steps: Steps, basisPoints: number): number | undefined {
  if (basisPoints >= fullExposure) return undefined;
  return steps.find((step) => step.to > basisPoints)?.to ?? fullExposure;
}

/** How long to stay at an exposure, in ms: the hold of the last step that it has reached. */
export function holdMs(steps: Steps, basisPoints: number): number {
  return steps.findLast((step) => step.to <= basisPoints)?.hold ?? 0;
}
