import { isWithin, upperBound } from "./advance.ts";
import type { ClientCounts, GroupCounts } from "./counts.ts";
import type { EvidencePlan } from "./plan.ts";
import { brakedCap, cap, left, riskBudget, unlimited } from "./ration.ts";
import { shouldStop } from "./stop.ts";

/**
 * The share of alpha for judging the fleet without the `halted` groups that were halted. Halting is a choice made after looking, so
 * every choice that could have been made has its share: 3/4 for none, and 1/(2^(m+2) K^m) for each of the at most K^m ways to halt m of K
 * groups. Together at most 1. The delta of the bounds is shared out in the same proportion, starting from the whole.
 */
export function alphaShare(halted: number, groupsMost: number): number {
  return halted === 0 ? 0.75 : 0.25 / (2 * groupsMost) ** halted;
}

export interface GroupVerdict {
  readonly halt: boolean;
  readonly eValue: number;
  /** How many more of the group's clients may get the release now. */
  readonly room: number;
}

/** One group by itself: a group that was asleep while the rest was tried starts with the smallest ration. */
function judgeGroup(counts: ClientCounts, plan: EvidencePlan): GroupVerdict {
  const test = { limit: plan.limits.group, alpha: plan.alpha.group / plan.groupsMost };
  const { stop, eValue } = shouldStop({ installed: counts.installed, failed: counts.failed, ...test });
  if (stop) return { halt: true, eValue, room: 0 };
  const [n, k] = known(counts);
  if (isWithin(n, k, test.limit, plan.delta)) return { halt: false, eValue, room: unlimited };
  const upper = upperBound(n, k, plan.delta);
  const ration = cap(riskBudget(upper, plan.ration), upper, test.limit);
  const braked = eValue >= plan.brake.evidence ? brakedCap({ installed: n, failed: k, ...test }, upper) : unlimited;
  return { halt: false, eValue, room: left(Math.min(ration, braked), counts.inFlight) };
}

/** The room of a group of which no client has been offered the release yet. */
export function unseenGroupRoom(plan: EvidencePlan): number {
  return judgeGroup({ installed: 0, failed: 0, inFlight: 0, settled: 0, settledFailed: 0 }, plan).room;
}

/**
 * The clients and failures that an upper bound may count: those settled, and every failure as soon as it is reported, which can only raise
 * the bound.
 */
export function known({ settled, settledFailed, failed }: ClientCounts): [clients: number, failed: number] {
  return [settled + failed - settledFailed, failed];
}

/** The verdict on each group when it was last looked at, so that a fleet's unchanged groups cost nothing. For one plan alone. */
export type GroupMemory = Map<string, { readonly counts: ClientCounts; readonly verdict: GroupVerdict }>;

/** {@link judgeGroup}, not computed again where the counts prove that the verdict still holds. */
export function judgeGroupAgain(counts: GroupCounts, plan: EvidencePlan, memory: GroupMemory): GroupVerdict {
  const last = memory.get(counts.name);
  if (last && stillHolds(last.counts, last.verdict, counts)) return last.verdict;
  const verdict = judgeGroup(counts, plan);
  memory.set(counts.name, { counts: { ...counts }, verdict });
  return verdict;
}

/** With no new failure, more clients only lower the evidence and the bound: what was not halted and unlimited stays so. */
function stillHolds(before: ClientCounts, verdict: GroupVerdict, now: ClientCounts): boolean {
  if (now.failed !== before.failed || now.settledFailed !== before.settledFailed || verdict.halt) return false;
  if (now.installed < before.installed || now.settled < before.settled) return false;
  if (verdict.room === unlimited) return true;
  return now.installed === before.installed && now.settled === before.settled && now.inFlight === before.inFlight;
}
