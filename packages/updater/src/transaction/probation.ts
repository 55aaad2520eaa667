/** So often a program may end within its probation before the version is taken back. */
const maxDeaths = 3;

/** Counts how often the program ended soon after an update. */
export interface Probation {
  /**
   * @param sinceMs when the version was committed; undefined: nobody knows
   * @returns whether the version failed its probation
   */
  died(version: string, sinceMs: number | undefined, nowMs: number): boolean;
}

/** @param probationMs for so long after an update a version is on probation */
export function openProbation(probationMs: number): Probation {
  let version = "";
  let deaths = 0;
  return {
    died(of, sinceMs, nowMs) {
      if (sinceMs === undefined || nowMs - sinceMs > probationMs) return false;
      deaths = of === version ? deaths + 1 : 1;
      version = of;
      return deaths >= maxDeaths;
    },
  };
}
