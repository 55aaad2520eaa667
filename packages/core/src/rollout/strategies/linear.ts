import { fullExposure } from "../bucket.ts";
import type { StopTest, Strategy } from "./strategy.ts";
import { timed } from "./timed.ts";

/** So much more (basis points), each time so long has passed (ms). */
export interface Ramp {
  readonly by: number;
  readonly everyMs: number;
}

/**
 * A share that rises evenly: `by` at once, and again after every `everyMs`.
 * @throws RangeError when the ramp does not rise.
 */
export function linear({ by, everyMs }: Ramp, test: StopTest | null): Strategy {
  if (!(by > 0 && everyMs > 0)) {
    throw new RangeError(
      `A ramp rises by more than nothing in more than no time, but this is ${by} every ${everyMs} ms.`,
    );
  }
  return timed(
    "linear",
    (elapsedMs) => {
      const raised = 1 + Math.floor(elapsedMs / everyMs);
      const basisPoints = Math.min(fullExposure, by * raised);
      return { basisPoints, nextDueMs: basisPoints < fullExposure ? raised * everyMs : null };
    },
    test,
  );
}
