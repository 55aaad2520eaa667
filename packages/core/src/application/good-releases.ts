import { isVerified } from "../analysis/verification.ts";
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
 * last that was verified; only where none was, the last.
 */
export function lastGood(state: AppState, stage: StageState, from: string): string | undefined {
  const older = goodReleases(state, stage).filter((version) => compareVersions(version, from) < 0);
  return older.findLast((version) => isVerified(state, stage.name, version)) ?? older.at(-1);
}
