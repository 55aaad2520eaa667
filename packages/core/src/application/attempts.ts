import type { AppState } from "./state.ts";

/** The last promotion of a version into a stage that was ever exposed, and whether it had been tried there before. */
export interface LatestAttempt {
  readonly promotion: string;
  readonly stage: string;
  readonly version: string;
  readonly again: boolean;
}

const kept = new WeakMap<AppState["promotions"], ReadonlyMap<string, LatestAttempt>>();

/** The latest attempt of every version in every stage, by {@link attemptKey}. What clients say of a version is about that one. */
export function latestAttempts({ promotions }: AppState): ReadonlyMap<string, LatestAttempt> {
  const known = kept.get(promotions);
  if (known !== undefined) return known;
  const latest = new Map<string, LatestAttempt>();
  for (const promotion of promotions.values()) {
    if (promotion.status === "waiting" || promotion.startedAt === undefined) continue;
    const { id, stage, version } = promotion;
    const key = attemptKey(stage, version);
    const before = latest.get(key);
    // An override asks again for what is older in the list: the numbers of a stage's promotions say which is later.
    if (before !== undefined && number(before.promotion, stage) > number(id, stage)) continue;
    latest.set(key, { promotion: id, stage, version, again: before !== undefined });
  }
  kept.set(promotions, latest);
  return latest;
}

export function attemptKey(stage: string, version: string): string {
  return `${stage}\n${version}`;
}

function number(id: string, stage: string): number {
  return Number(id.slice(stage.length + 1));
}
