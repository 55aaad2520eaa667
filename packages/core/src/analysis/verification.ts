import { type AppState, type Promotion, type StageState, stageOf } from "../application/state.ts";
import type { Millis } from "../time/instant.ts";

/** A release that is live and whose windows of verification are not all passed. */
export interface Verifying {
  readonly promotion: Extract<Promotion, { status: "complete" }>;
  readonly completedAt: Millis;
  /** The window that it is in, counted from 1, of how many, and when it ends at the earliest. */
  readonly window: number;
  readonly windows: number;
  readonly until: Millis;
}

/** The release of a stage that is being verified, or undefined: what is live is the stage's last good release. */
export function verifying(state: AppState, stage: StageState): Verifying | undefined {
  const live = stage.live && state.promotions.get(stage.live.promotion);
  if (live?.status !== "complete") return undefined;
  const { windows, passed = 0 } = live.verification ?? {};
  const end = windows?.[passed];
  if (windows === undefined || end === undefined) return undefined;
  return {
    promotion: live,
    completedAt: live.completedAt,
    window: passed + 1,
    windows: windows.length,
    until: live.completedAt + end,
  };
}

/** Whether a release that completed in a stage has passed all of its windows, or had none. */
export function isVerified(state: AppState, stage: string, version: string): boolean {
  const completed = stageOf(state, stage).completed.get(version);
  const promotion = completed && state.promotions.get(completed.promotion);
  if (promotion?.status !== "complete") return false;
  const { windows = [], passed = 0 } = promotion.verification ?? {};
  return passed >= windows.length;
}
