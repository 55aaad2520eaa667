import { fullExposure } from "../bucket.ts";
import type { StopTest, Strategy } from "./strategy.ts";
import { type ShareAt, timed } from "./timed.ts";

/** Up to a share (basis points), for a time (ms). */
export interface Step {
  readonly to: number;
  readonly holdMs: number;
}

/** Shares one after the other, each held for its time; everybody after the last. Steps that would lower the share do not. */
export function steps(plan: readonly Step[], test: StopTest | null): Strategy {
  return timed("steps", (elapsedMs) => stepAt(plan, elapsedMs), test);
}

function stepAt(plan: readonly Step[], elapsedMs: number): ShareAt {
  let endMs = 0;
  let basisPoints = 0;
  for (const { to, holdMs } of plan) {
    endMs += holdMs;
    basisPoints = Math.min(fullExposure, Math.max(basisPoints, to));
    if (elapsedMs < endMs) return { basisPoints, nextDueMs: basisPoints < fullExposure ? endMs : null };
  }
  return { basisPoints: fullExposure, nextDueMs: null };
}
