import type { Measurements } from "../analysis/measurement.ts";
import { verifying } from "../analysis/verification.ts";
import { binding } from "../gates/binding.ts";
import { type GateContext, type GateResult, passes } from "../gates/gate.ts";
import { evaluateGates } from "../gates/registry.ts";
import { rollingGates } from "../gates/rolling.ts";
import type { Stage } from "../pipeline/schema.ts";
import { fullExposure } from "../rollout/bucket.ts";
import { holdMs } from "../rollout/schedule.ts";
import type { EvidenceRules } from "../rollout/schema.ts";
import type { Millis } from "../time/instant.ts";
import { currentOffers } from "./admission.ts";
import { candidates } from "./candidates.ts";
import { gateContext, stagesOf } from "./context.ts";
import { everybodyAskedMs } from "./everybody-asked.ts";
import { lapsesAt } from "./rollback-request/approval.ts";
import { openRequest } from "./rollback-request/request.ts";
import { type AppState, activePromotion, type RollingPromotion, stageOf } from "./state.ts";
import { barrierOf } from "./waves.ts";
import { nextWayBack } from "./way-back.ts";

/**
 * The next moment at which time alone can change anything, or undefined when only an event or a report can. Until then
 * nothing has to be looked at.
 * @param measurements what the state was settled with last
 * @param now the moment for which the state was settled last. A later one would pass over what became due in between.
 */
export function nextDue(state: AppState, measurements: Measurements | undefined, now: Millis): Millis | undefined {
  let due: Millis | undefined;
  const consider = (at: Millis | undefined) => {
    if (at !== undefined && at > now && (due === undefined || at < due)) due = at;
  };
  for (const stage of stagesOf(state)) {
    const active = activePromotion(state, stageOf(state, stage.name));
    const request = openRequest(state, stage.name);
    consider(request && lapsesAt(state, request));
    consider(nextWayBack(state, stageOf(state, stage.name))?.at);
    if (active?.status === "active") consider(nextStep(state, stage, active, measurements, now));
    consider(verifying(state, stageOf(state, stage.name))?.until);
    for (const promotion of candidates(state, stage)) {
      const context = gateContext(state, stage.name, promotion.version, now, measurements);
      if (context !== undefined) consider(earliestOpening(binding(evaluateGates(context), promotion)));
    }
  }
  return due;
}

/**
 * When a rollout can go on, because its step has been held long enough and every gate that only time closes is open again; or
 * when it cannot any more, because time closes a gate before that: what follows is then decided at that moment.
 */
function nextStep(
  state: AppState,
  stage: Stage,
  active: RollingPromotion,
  measurements: Measurements | undefined,
  now: Millis,
): Millis | undefined {
  const { appliedAt, basisPoints } = active.exposure;
  const context = gateContext(state, stage.name, active.version, now, measurements);
  if (appliedAt === undefined || context === undefined) return undefined;
  const gates = binding(rollingGates(context), active);
  if (stage.rollout.evidence !== undefined && basisPoints < fullExposure) {
    if (!passes(gates)) return earliestOpening(gates);
    const { lastAskedAt: asked, expected } = currentOffers(active, measurements) ?? {};
    const byShare = active.admission === "share";
    const since = Math.max((byShare ? appliedAt : asked) ?? 0, active.decidesFrom ?? 0);
    const quiet =
      asked === undefined && active.waves === undefined && !byShare
        ? Number.POSITIVE_INFINITY
        : since + everybodyAskedMs(state);
    const next = Math.min(
      nextOfEvidence(stage.rollout.evidence, active, expected?.askMs ?? 0, now),
      firstClosing(gates),
      quiet > now ? quiet : Number.POSITIVE_INFINITY,
    );
    return next === Number.POSITIVE_INFINITY ? undefined : next;
  }
  const held = barrierEnd(context, active) ?? appliedAt + holdMs(stage.rollout, basisPoints);
  const opening = passes(gates) ? undefined : earliestOpening(gates);
  if (!passes(gates) && opening === undefined) return undefined;
  const next = opening === undefined ? Math.min(held, firstClosing(gates)) : Math.max(held, opening);
  return next === Number.POSITIVE_INFINITY ? undefined : next;
}

/** When the barrier before the next wave can open, if time alone can open it; undefined where none is closed. */
function barrierEnd(context: GateContext, active: RollingPromotion): Millis | undefined {
  const barrier = barrierOf(context, active);
  return barrier?.verdict === "wait" ? (barrier.until ?? Number.POSITIVE_INFINITY) : undefined;
}

/** When the first of gates that are all open closes by time alone: until then nothing has to be looked at, then everything. */
function firstClosing(gates: readonly GateResult[]): Millis {
  return Math.min(
    ...gates.map((gate) => (gate.verdict === "pass" ? gate.until : undefined) ?? Number.POSITIVE_INFINITY),
  );
}

/**
 * When the quiet after a halt ends, or the time to decide; deadlines of reports are known to whoever counts them.
 * @param askMs how long it takes until clients have read a share by which they are let in; 0 where they ask
 */
function nextOfEvidence(rules: EvidenceRules, active: RollingPromotion, askMs: number, now: Millis): Millis {
  const { haltedGroups = [], decidesFrom } = active;
  const lastHalt = haltedGroups.at(-1);
  const moments = [
    ...(lastHalt === undefined ? [] : [lastHalt.at + rules["report-deadline"] + askMs]),
    ...(decidesFrom === undefined ? [] : [decidesFrom + rules["decide-within"]]),
  ].filter((at) => at > now);
  return Math.min(...moments);
}

/** The earliest moment at which all gates can be open, if time alone can open them; undefined when it cannot or nobody knows. */
export function earliestOpening(gates: readonly GateResult[]): Millis | undefined {
  let opening: Millis | undefined;
  for (const gate of gates) {
    if (gate.verdict === "pass") continue;
    if (gate.verdict === "fail" || gate.until === undefined) return undefined;
    opening = Math.max(opening ?? 0, gate.until);
  }
  return opening;
}
