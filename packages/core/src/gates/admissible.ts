import { compareVersions } from "../release/version.ts";
import { notFrozen } from "./freeze.ts";
import type { GateContext, GateResult } from "./gate.ts";
import { notHeld } from "./hold.ts";
import { verified } from "./verified.ts";

/**
 * What must hold in every stage, whatever its pipeline says: not withdrawn, fully rolled out in the stage before, newer than
 * what is live, not rolled back here, the stage not frozen, no other release chosen for it by hand, and what is live verified.
 */
export function admissible(context: GateContext): GateResult[] {
  return [
    notWithdrawn(context),
    previousStage(context),
    newer(context),
    notRolledBack(context),
    notFrozen(context),
    ...notHeld(context),
    ...verified(context),
  ];
}

function notWithdrawn({ release }: GateContext): GateResult {
  const gate = "not-withdrawn";
  return release.withdrawn === undefined
    ? { gate, verdict: "pass", reason: "not withdrawn", evidence: {} }
    : {
        gate,
        verdict: "fail",
        reason: `withdrawn by ${release.withdrawn.by}: ${release.withdrawn.reason}`,
        evidence: { by: release.withdrawn.by },
        who: "nobody: publish a new version",
      };
}

function previousStage({ release, previous }: GateContext): GateResult {
  const gate = "previous-stage";
  if (previous === undefined) return { gate, verdict: "pass", reason: "this is the first stage", evidence: {} };
  if (previous.completed.has(release.version))
    return { gate, verdict: "pass", reason: `fully rolled out in ${previous.name}`, evidence: {} };
  return previous.away.has(release.version)
    ? {
        gate,
        verdict: "fail",
        reason: `was rolled back in ${previous.name}`,
        evidence: { stage: previous.name },
        who: `whoever promotes it to ${previous.name} again, or overrides this stage's gates`,
      }
    : {
        gate,
        verdict: "wait",
        reason: `is not fully rolled out in ${previous.name} yet`,
        evidence: { stage: previous.name },
        who: `whoever ${previous.name} waits for: sluice why ${release.version} ${previous.name}`,
      };
}

function newer({ release, stageState }: GateContext): GateResult {
  const gate = "newer";
  const live = stageState.live?.version;
  if (live === undefined || compareVersions(release.version, live) > 0)
    return {
      gate,
      verdict: "pass",
      reason: `newer than ${live ?? "nothing"}, which is live`,
      evidence: { live: live ?? null },
    };
  return {
    gate,
    verdict: "fail",
    reason: release.version === live ? "is live already" : `${live} is live and newer`,
    evidence: { live },
    who: `an operator, by rolling back: sluice rollback ${stageState.name} --to ${release.version} --reason TEXT`,
  };
}

function notRolledBack({ release, stageState }: GateContext): GateResult {
  const gate = "not-rolled-back";
  return stageState.away.has(release.version)
    ? {
        gate,
        verdict: "fail",
        reason: `was rolled back in ${stageState.name} and is not offered there again`,
        evidence: {},
        who: `an operator: sluice promote ${release.version} ${stageState.name} --override --reason TEXT`,
      }
    : { gate, verdict: "pass", reason: `was not rolled back in ${stageState.name}`, evidence: {} };
}
