import type { AppState, Freeze, StageState } from "../application/state.ts";
import { type Millis, rfc3339 } from "../time/instant.ts";
import type { GateContext, GateResult } from "./gate.ts";

/** Whether a freeze is in force at a moment. */
export function isFrozen(frozen: Freeze | undefined, now: Millis): frozen is Freeze {
  return frozen !== undefined && (frozen.until === undefined || now < frozen.until);
}

/** Whether a stage is shut at a moment: by a freeze of its own, or of the whole application. */
export function isShut(state: AppState, stage: StageState, now: Millis): boolean {
  return isFrozen(state.frozen, now) || isFrozen(stage.frozen, now);
}

/** Nobody has frozen the stage. Every stage has this gate; a freeze during a rollout holds the exposure where it is. */
export function notFrozen({ state, stageState, now }: GateContext): GateResult {
  const gate = "not-frozen";
  const { name } = stageState;
  const freezes = [
    { frozen: state.frozen, of: `all of ${state.app} `, thaw: "sluice thaw --all" },
    { frozen: stageState.frozen, of: "", thaw: `sluice thaw ${name}` },
  ].flatMap(({ frozen, ...rest }) => (isFrozen(frozen, now) ? [{ ...rest, ...frozen }] : []));
  const [first] = freezes;
  if (first === undefined) return { gate, verdict: "pass", reason: `${name} is not frozen`, evidence: {} };
  const until = Math.max(...freezes.map((freeze) => freeze.until ?? Number.POSITIVE_INFINITY));
  return {
    gate,
    verdict: "wait",
    reason: freezes.map(({ of, by, reason }) => `${of}frozen by ${by}: ${reason}`).join("; "),
    evidence: { by: first.by, since: rfc3339(first.at) },
    ...(until === Number.POSITIVE_INFINITY ? {} : { until }),
    who: `an operator: ${freezes.map(({ thaw }) => thaw).join(" and ")}`,
  };
}
