import { rfc3339 } from "../time/instant.ts";
import type { GateContext, GateResult } from "./gate.ts";

/** Nobody has frozen the stage. Every stage has this gate; a freeze during a rollout holds the exposure where it is. */
export function notFrozen({ stageState, now }: GateContext): GateResult {
  const gate = "not-frozen";
  const { frozen } = stageState;
  if (frozen === undefined || (frozen.until !== undefined && frozen.until <= now))
    return { gate, verdict: "pass", reason: `${stageState.name} is not frozen`, evidence: {} };
  return {
    gate,
    verdict: "wait",
    reason: `frozen by ${frozen.by}: ${frozen.reason}`,
    evidence: { by: frozen.by, since: rfc3339(frozen.at) },
    ...(frozen.until === undefined ? {} : { until: frozen.until }),
    who: `an operator: sluice thaw ${stageState.name}`,
  };
}
