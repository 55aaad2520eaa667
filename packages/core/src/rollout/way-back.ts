import { fullExposure } from "./bucket.ts";
import { holdMs, nextExposure } from "./schedule.ts";
import type { Rollout } from "./schema.ts";

const quarters: Rollout = { steps: [2_500, 5_000, 7_500, fullExposure].map((to) => ({ to, hold: 0 })) };

/** A ramp finer than this, in basis points, is taken several raises at a time, so that no way back has more than 100 steps. */
const finest = 100;

/**
 * By which shares the clients of a stage are sent back where that is staged: by those of its rollout, or by quarters where it has
 * none. Each waits for the hold of the one before, and at least until every client has asked once. The first is taken at once.
 * @param checkEvery how often a client asks, in ms
 * @returns shares in basis points, rising to 10,000, and how long after the one before each follows, in ms
 */
export function wayBackSteps(
  rollout: Rollout,
  checkEvery: number,
): { readonly to: number; readonly afterMs: number }[] {
  const first = rollout.evidence === undefined ? nextExposure(rollout, 0) : undefined;
  const schedule = first === undefined || first === fullExposure ? quarters : coarse(rollout);
  const steps: { readonly to: number; readonly afterMs: number }[] = [];
  let share = 0;
  for (let to = nextExposure(schedule, share); to !== undefined; to = nextExposure(schedule, share)) {
    steps.push({ to, afterMs: share === 0 ? 0 : Math.max(checkEvery, holdMs(schedule, share)) });
    share = to;
  }
  return steps;
}

function coarse(rollout: Rollout): Rollout {
  if (rollout.linear === undefined) return rollout;
  const { by, every } = rollout.linear;
  const times = Math.ceil(finest / by);
  return { linear: { by: by * times, every: every * times } };
}
