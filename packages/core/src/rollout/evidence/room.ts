import type { AdmissionInput, HeldBy } from "./admission.ts";
import { isWithin, upperBound } from "./advance.ts";
import { alphaShare, known } from "./groups.ts";
import { missingBrake, missingRoom } from "./missing.ts";
import { brakedCap, cap, left, riskBudget, unlimited } from "./ration.ts";
import { soakBudget, soakRoom } from "./soak.ts";

export interface Room {
  /** How many more clients may get the release now. */
  readonly room: number;
  /** How many may be in flight at once, by what is known of failures. */
  readonly ration: number;
  /** U of the failures, or their limit where U is under it. */
  readonly upper: number;
  readonly heldBy: HeldBy;
}

/** The e-values of the three tests. */
export interface EvidenceAgainst {
  readonly failures: number;
  readonly crashes: number;
  readonly missing: number;
}

/** The tightest of the rations. */
export function roomOf(input: AdmissionInput, evidence: EvidenceAgainst): Room {
  const { plan, counts, fleet } = input;
  const share = alphaShare(input.haltedGroups, plan.groupsMost);
  const delta = (plan.delta * share) / alphaShare(0, plan.groupsMost);
  const limit = plan.limits.failure;
  const [n, k] = known(counts);
  const upper = isWithin(n, k, limit, delta) ? limit : upperBound(n, k, delta);
  const ration = cap(riskBudget(upper, plan.ration), upper, limit);

  let room = left(ration, counts.inFlight);
  let heldBy: HeldBy = room < unlimited ? "failures" : "nothing";
  const hold = (most: number, by: HeldBy) => {
    if (most >= room) return;
    room = most;
    heldBy = by;
  };
  hold(soakRoom(counts, plan, fleet, delta), "soak");
  hold(missingRoom(counts, plan, fleet, delta), "missing");
  if (evidence.failures >= plan.brake.evidence) {
    const test = { installed: n, failed: k, limit, alpha: plan.alpha.failure * share };
    hold(left(brakedCap(test, upper), counts.inFlight), "brake");
  }
  if (evidence.missing >= plan.brake.evidence) hold(missingBrake(counts, plan, share, delta), "brake");
  if (
    plan.soak !== null &&
    Math.max(evidence.failures, evidence.crashes, evidence.missing) >= plan.brake.soakEvidence
  ) {
    hold(left(soakBudget(plan.soak, fleet), counts.unsoaked), "brake");
  }
  // The clients that were in flight when a group was halted report first: they may show that the group was not the cause.
  if (input.sinceHaltMs !== null && input.sinceHaltMs < plan.reportDeadlineMs) hold(0, "group-halted");
  return { room, ration, upper, heldBy };
}
