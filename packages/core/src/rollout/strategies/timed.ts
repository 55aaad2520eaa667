import { shouldStop } from "../evidence/stop.ts";
import type { StopTest, Strategy } from "./strategy.ts";

/** The share that a clock allows, and when it next changes. */
export interface ShareAt {
  readonly basisPoints: number;
  readonly nextDueMs: number | null;
}

/** A strategy whose exposure follows from the time alone, with the stop test beside it unless that is null. */
export function timed(
  strategy: "steps" | "linear",
  shareAt: (elapsedMs: number) => ShareAt,
  test: StopTest | null,
): Strategy {
  return ({ elapsedMs, counts }) => {
    const stopTest = test && shouldStop({ installed: counts.installed, failed: counts.failed, ...test });
    const why = { strategy, stopTest };
    if (stopTest?.stop) return { verdict: "stop", why };
    const { basisPoints, nextDueMs } = shareAt(elapsedMs);
    return { verdict: "continue", exposure: { by: "share", basisPoints }, nextDueMs, why };
  };
}
