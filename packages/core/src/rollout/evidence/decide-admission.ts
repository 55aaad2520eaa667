import type { AdmissionDecision, AdmissionInput, AdmissionReason } from "./admission.ts";
import { judgeCrashes } from "./crashes.ts";
import { alphaShare, type GroupMemory, judgeGroupAgain, unseenGroupRoom } from "./groups.ts";
import { judgeMissing } from "./missing.ts";
import { unlimited } from "./ration.ts";
import { roomOf } from "./room.ts";
import { shouldStop } from "./stop.ts";

/**
 * Who may get the release now. To be asked whenever the counts change; the answer depends on them alone, not on how they came about.
 * `memory` only saves time: it may be kept between decisions under one plan, and lost.
 * @throws RangeError when counts contradict each other or there are more groups than the plan shares its alpha among.
 */
export function decideAdmission(input: AdmissionInput, memory: GroupMemory = new Map()): AdmissionDecision {
  const { plan, counts, groups, haltedGroups } = input;
  if (groups.length + haltedGroups > plan.groupsMost) {
    throw new RangeError(
      `The plan watches ${plan.groupsMost} groups, but ${groups.length + haltedGroups} were counted.`,
    );
  }
  const share = alphaShare(haltedGroups, plan.groupsMost);
  const failures = shouldStop({
    installed: counts.installed,
    failed: counts.failed,
    limit: plan.limits.failure,
    alpha: plan.alpha.failure * share,
  });
  const crashes = judgeCrashes(counts.ages, plan);
  const missing = judgeMissing(counts, plan, share);
  const { room, ration, upper, heldBy } = roomOf(input, {
    failures: failures.eValue,
    crashes: crashes.eValue,
    missing: missing.eValue,
  });
  const why: AdmissionReason = {
    failures: { ...failures, n: counts.installed, k: counts.failed },
    crashes,
    missing: { ...missing, n: counts.due, k: counts.missing },
    upper,
    ration,
    inFlight: counts.inFlight,
    heldBy,
  };
  if (failures.stop) return { verdict: "stop", cause: "failures", why };
  if (crashes.stop) return { verdict: "stop", cause: "crashes", why };
  if (missing.stop) return { verdict: "stop", cause: "missing", why };

  const verdicts = groups.map((group) => judgeGroupAgain(group, plan, memory));
  const halted = groups.filter((_, index) => verdicts[index]?.halt);
  if (halted.length > 0) return { verdict: "halt-groups", groups: halted.map((group) => group.name), why };
  if (room < unlimited && plan.decideWithinMs !== null && input.elapsedMs >= plan.decideWithinMs) {
    return { verdict: "undecided", why };
  }
  return {
    verdict: "continue",
    room,
    roomByGroup: verdicts.map((verdict) => verdict.room),
    roomOfUnseenGroup: unseenGroupRoom(plan),
    why,
  };
}
