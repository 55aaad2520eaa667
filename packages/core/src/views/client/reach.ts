import type { RollingPromotion } from "../../application/state.ts";
import { fullExposure } from "../../rollout/bucket.ts";
import { holdMs, nextExposure } from "../../rollout/schedule.ts";
import type { Rollout } from "../../rollout/schema.ts";
import type { Millis } from "../../time/instant.ts";

/** When a rollout that goes by the clock comes to a client. */
export interface Reach {
  /** The share with which it comes, in basis points. */
  readonly at: number;
  /** The earliest moment, if nothing holds the rollout up; undefined where it is paused, or the step before is not out yet. */
  readonly from?: Millis;
}

/**
 * The step of a rollout that reaches a client, and when at the earliest.
 * @param bucket the client's place, 0 to 9,999
 */
export function reachOf(rollout: Rollout, { exposure, status }: RollingPromotion, bucket: number): Reach {
  let from = status === "paused" ? undefined : exposure.appliedAt;
  let share = exposure.basisPoints;
  while (share <= bucket && share < fullExposure) {
    if (from !== undefined) from += holdMs(rollout, share);
    share = nextExposure(rollout, share) ?? fullExposure;
  }
  return { at: share, ...(from === undefined ? {} : { from }) };
}
