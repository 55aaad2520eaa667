import { isVerified } from "../analysis/verification.ts";
import { blockingPolicy } from "../policy/blocking.ts";
import { compareVersions } from "../release/version.ts";
import type { AppState, StageState } from "./state.ts";

/** The releases of a stage that a newer one has not replaced and nobody withdrew, the newest last. */
export function goodReleases(state: AppState, stage: StageState): string[] {
  return stage.completed
    .keySeq()
    .filter((version) => state.releases.get(version)?.withdrawn === undefined)
    .toArray();
}

/**
 * Where a stage goes back to from a version: of those that completed there before it, are older and were not withdrawn, the
 * last that was verified; only where none was, the last. One that a policy blocks only where no other is left: whoever has it
 * had it before, and what harms is worse.
 */
export function lastGood(state: AppState, stage: StageState, from: string): string | undefined {
  const older = goodReleases(state, stage).filter((version) => compareVersions(version, from) < 0);
  const allowed = older.filter((version) => blockingPolicy(state, version) === undefined);
  const choice = allowed.length === 0 ? older : allowed;
  return choice.findLast((version) => isVerified(state, stage.name, version)) ?? choice.at(-1);
}
