import { type AnalysisResult, worst } from "../analysis/analysis.ts";
import { judge } from "../analysis/judge.ts";
import type { Measurements } from "../analysis/measurement.ts";
import { admissible } from "../gates/admissible.ts";
import { binding } from "../gates/binding.ts";
import { type GateContext, passes } from "../gates/gate.ts";
import { evaluateGates } from "../gates/registry.ts";
import { rollingGates } from "../gates/rolling.ts";
import type { Stage } from "../pipeline/schema.ts";
import { compareVersions } from "../release/version.ts";
import { admissionBy } from "../rollout/admission-by.ts";
import { fullExposure } from "../rollout/bucket.ts";
import { holdMs, nextExposure } from "../rollout/schedule.ts";
import { brokenTarget } from "../targets/demand.ts";
import { candidates } from "./candidates.ts";
import { gateContext, stagesOf } from "./context.ts";
import { haltGroups, progressByEvidence } from "./evidence.ts";
import { watchLeftBehind } from "./left-behind.ts";
import { request } from "./request.ts";
import { rollBack } from "./roll-back.ts";
import { lapseRequest } from "./rollback-request/lapse.ts";
import { keepSoakClocks } from "./soak-clock.ts";
import { activePromotion, type Promotion, type RollingPromotion, stageOf } from "./state.ts";
import type { Transition } from "./transition.ts";
import { Unsettled } from "./unsettled.ts";
import { askPerson, evidenceOf, verify } from "./verify.ts";
import { barrierOf, beginNextWave, handOverHaltedWave } from "./waves.ts";
import { raiseWayBack } from "./way-back.ts";

/** A decision is at rest after a few rounds. One that never is, is a mistake here, and must not take the whole server with it. */
const mostRounds = 200;

/**
 * Makes everything happen that is due in a state, stage by stage, until nothing more is. Every command ends with this, so a
 * state in the log is always settled at its time.
 * @param measurements what clients reported as of now; undefined: not counted for this command, and then no exposure rises
 * where reports matter
 * @throws Unsettled when something is decided again and again
 */
export function settle(transition: Transition, measurements: Measurements | undefined): void {
  for (let round = 0; round < mostRounds; round++) {
    const before = transition.facts.length;
    for (const stage of stagesOf(transition.state)) settleStage(transition, stage, measurements);
    if (transition.facts.length === before) return;
  }
  throw new Unsettled(transition.state.app, transition.facts);
}

function settleStage(transition: Transition, stage: Stage, measurements: Measurements | undefined): void {
  const before = transition.facts.length;
  const active = activePromotion(transition.state, stageOf(transition.state, stage.name));
  if (active !== undefined) watchActive(transition, stage, active, measurements);
  watchLive(transition, stage, measurements);
  if (transition.facts.slice(before).some((fact) => fact.type === "PromotionRolledBack"))
    requestAgain(transition, stage, measurements);
  watchLeftBehind(transition, stage, measurements, (left, results) => failed(transition, stage, left, results));
  raiseWayBack(transition, stageOf(transition.state, stage.name));
  // Only now: what has just become live ends the wait of what is older, also of what has an override.
  dropWaiting(transition, stage, measurements);
  keepSoakClocks(transition, stage, measurements);
  startNewest(transition, stage, measurements);
  lapseRequest(transition, stage.name);
}

/** Being superseded does not end a release's candidacy: when the newer one fails, it is asked for again. */
function requestAgain(transition: Transition, stage: Stage, measurements: Measurements | undefined): void {
  for (const { stage: name, status, version } of transition.state.promotions.values()) {
    if (name !== stage.name || status !== "superseded") continue;
    const context = gateContext(transition.state, name, version, transition.meta.now, measurements);
    if (context === undefined || admissible(context).some((gate) => gate.verdict === "fail")) continue;
    request(transition, stage, version, { manual: false });
  }
}

/** Ends the wait of releases that can no longer enter: withdrawn, rolled back in the stage before, or overtaken. */
function dropWaiting(transition: Transition, stage: Stage, measurements: Measurements | undefined): void {
  for (const id of stageOf(transition.state, stage.name).waiting) {
    const promotion = transition.state.promotions.get(id);
    const context =
      promotion && gateContext(transition.state, stage.name, promotion.version, transition.meta.now, measurements);
    if (promotion === undefined || context === undefined) continue;
    const { version } = promotion;
    const live = context.stageState.live;
    if (context.release.withdrawn !== undefined) {
      transition.add({
        type: "PromotionAborted",
        data: { id, stage: stage.name, version, cause: "withdrawn", reason: `${version} was withdrawn` },
      });
    } else if (live !== undefined && compareVersions(version, live.version) <= 0) {
      transition.add({ type: "PromotionSuperseded", data: { id, stage: stage.name, version, by: live.promotion } });
    } else if (rolledBackIn(context) !== undefined && promotion.override === undefined) {
      const reason = `${version} was rolled back in ${rolledBackIn(context)}`;
      transition.add({
        type: "PromotionAborted",
        data: { id, stage: stage.name, version, cause: "rolled-back-before", reason },
      });
    }
  }
}

/** The stage in which a release that waits was rolled back meanwhile: the one before, or this one, where clients had it from an earlier try. */
function rolledBackIn({ previous, stageState, release }: GateContext): string | undefined {
  return [previous, stageState].find((stage) => stage?.away.has(release.version))?.name;
}

/** Looks after the promotion that is rolling out: ends it, pauses it, raises it, completes it, or leaves it where it is. */
function watchActive(
  transition: Transition,
  stage: Stage,
  promotion: RollingPromotion,
  measurements: Measurements | undefined,
): void {
  const { state, meta } = transition;
  const context = gateContext(state, stage.name, promotion.version, meta.now, measurements);
  if (context === undefined) return;
  if (context.release.withdrawn !== undefined) {
    rollBack(
      transition,
      promotion,
      "withdrawn",
      `${promotion.version} was withdrawn: ${context.release.withdrawn.reason}`,
    );
    return;
  }
  const broken = brokenTarget(state, context.stageState);
  if (broken !== undefined) {
    openIssue(transition, promotion.version, stage.name, broken);
    rollBack(transition, promotion, "target", broken);
    return;
  }
  if (handOverHaltedWave(transition, promotion)) return;
  const results = judge(state, context, measurements);
  const verdict = worst(results);
  if (verdict === "fail") failed(transition, stage, promotion, results);
  if (verdict === "fail" || promotion.status === "paused") return;
  if (verdict === "inconclusive" && askPerson(transition, stage, promotion)) return;
  const gates = binding(rollingGates(context), promotion);
  const closed = gates.find((gate) => gate.verdict === "fail");
  if (closed !== undefined) gateClosed(transition, stage, promotion, `${closed.gate}: ${closed.reason}`);
  else if (passes(gates) && verdict === "pass") progress(transition, context, promotion, results);
}

/** Raises the exposure by one step, begins the next wave, or completes the promotion, once the last step was applied and held long enough. */
function progress(
  transition: Transition,
  context: GateContext,
  promotion: RollingPromotion,
  results: readonly AnalysisResult[],
): void {
  const { stage, measurements } = context;
  const { basisPoints, appliedAt } = promotion.exposure;
  if (stage.rollout.evidence !== undefined) {
    if (basisPoints < fullExposure) {
      progressByEvidence(transition, stage, promotion, results, measurements);
      return;
    }
    // A wave that has it may still fail by itself, while the next one waits.
    if (haltGroups(transition, stage, promotion, measurements)) return;
  }
  if (appliedAt === undefined || transition.meta.now < appliedAt + holdMs(stage.rollout, basisPoints)) return;
  const { id, version } = promotion;
  const evidence = evidenceOf(results);
  const barrier = barrierOf(context, promotion);
  if (barrier !== undefined) {
    if (barrier.verdict === "pass")
      beginNextWave(transition, stage, promotion, { barrier: barrier.evidence, ...evidence });
    return;
  }
  const to = nextExposure(stage.rollout, basisPoints);
  if (to !== undefined) {
    transition.add({
      type: "ExposureRaised",
      data: { id, stage: stage.name, version, from: basisPoints, to, evidence },
    });
    return;
  }
  const verify = stage.verify.length === 0 ? {} : { verify: stage.verify };
  transition.add({ type: "PromotionCompleted", data: { id, stage: stage.name, version, evidence, ...verify } });
  const stages = stagesOf(transition.state);
  const next = stages[stages.findIndex((candidate) => candidate.name === stage.name) + 1];
  if (next !== undefined) request(transition, next, version, { manual: false });
}

/** A release that is live goes on being watched: it may be withdrawn, or fail later. */
function watchLive(transition: Transition, stage: Stage, measurements: Measurements | undefined): void {
  const { state, meta } = transition;
  const live = stageOf(state, stage.name).live;
  const promotion = live && state.promotions.get(live.promotion);
  const context = live && gateContext(state, stage.name, live.version, meta.now, measurements);
  if (live === undefined || context === undefined || promotion === undefined) return;
  if (context.release.withdrawn !== undefined) {
    rollBack(transition, promotion, "withdrawn", `${live.version} was withdrawn: ${context.release.withdrawn.reason}`);
    return;
  }
  const results = judge(state, context, measurements);
  const verdict = worst(results);
  if (verdict === "fail") {
    // If what a rollback put there fails as well, the cause may lie elsewhere: a person has to look.
    if (live.returned === true)
      openOnce(transition, live.version, stage.name, `${whyFailed(results)}; ${byHand(stage)}`);
    else failed(transition, stage, promotion, results);
    return;
  }
  haltGroups(transition, stage, promotion, measurements);
  if (verdict === "pass") verify(transition, stage, results);
}

/** A failing verdict: an issue is opened, so that no stage takes the release, and the stage goes back or waits for a person. */
function failed(transition: Transition, stage: Stage, promotion: Promotion, results: readonly AnalysisResult[]): void {
  const failures = results.filter((result) => result.verdict === "fail");
  const reason = whyFailed(failures);
  const evidence = evidenceOf(failures);
  const { id, version } = promotion;
  if (stage["on-failure"] === "pause") {
    if (promotion.status !== "active" && promotion.status !== "paused")
      openOnce(transition, version, stage.name, reason);
    if (promotion.status === "active")
      transition.add({
        type: "PromotionPaused",
        data: { id, stage: stage.name, version, cause: "analysis", reason, evidence },
      });
    return;
  }
  if (failures.some((result) => result.analysis !== "issues")) openIssue(transition, version, stage.name, reason);
  rollBack(transition, promotion, "analysis", reason, evidence);
}

function whyFailed(results: readonly AnalysisResult[]): string {
  return results
    .filter(({ verdict }) => verdict === "fail")
    .map(({ analysis, reason }) => `${analysis}: ${reason}`)
    .join("; ");
}

function byHand({ name }: Stage): string {
  return `a rollback put it there, so it does not go back by itself: sluice rollback ${name} --reason TEXT`;
}

/** Where nothing rolls back by itself, somebody has to know. */
function openOnce(transition: Transition, version: string, stage: string, reason: string): void {
  const { issues, openIssues } = transition.state;
  const known = openIssues.some((id) => issues.get(id)?.version === version && issues.get(id)?.stage === stage);
  if (!known) openIssue(transition, version, stage, reason);
}

function openIssue(transition: Transition, version: string, stage: string, reason: string): void {
  const id = `issue-${transition.state.issues.size + 1}`;
  const title = `${version} failed in ${stage}: ${reason}`;
  transition.add({ type: "IssueOpened", data: { id, version, title, severity: "critical", stage } });
}

function gateClosed(transition: Transition, stage: Stage, promotion: RollingPromotion, reason: string): void {
  const { id, version } = promotion;
  if (stage["on-failure"] === "pause")
    transition.add({
      type: "PromotionPaused",
      data: { id, stage: stage.name, version, cause: "gate", reason, evidence: {} },
    });
  else rollBack(transition, promotion, "gate", reason);
}

/** Starts the newest release whose gates all pass at this moment, where the stage is free or the pipeline lets it be taken over. */
function startNewest(transition: Transition, stage: Stage, measurements: Measurements | undefined): void {
  const { state, meta } = transition;
  const active = activePromotion(state, stageOf(state, stage.name));
  for (const promotion of candidates(state, stage)) {
    const { id, version } = promotion;
    const context = gateContext(state, stage.name, version, meta.now, measurements);
    if (context === undefined) continue;
    const gates = evaluateGates(context);
    if (!passes(binding(gates, promotion))) continue;
    if (active !== undefined)
      transition.add({
        type: "PromotionSuperseded",
        data: { id: active.id, stage: stage.name, version: active.version, by: id },
      });
    start(transition, stage, id, context, gates);
    return;
  }
}

function start(
  transition: Transition,
  stage: Stage,
  id: string,
  context: GateContext,
  gates: ReturnType<typeof evaluateGates>,
): void {
  const { version } = context.release;
  // The attempt is part of the salt, so that the clients who met a release first do not always meet it first again.
  const salt = `${transition.state.app} ${id} ${version}`;
  const record = gates.map(({ gate, policy, verdict, reason, evidence }) => ({
    gate,
    ...(policy === undefined ? {} : { policy }),
    verdict,
    reason,
    evidence,
  }));
  const { waves, evidence } = stage.rollout;
  const parts = {
    ...(waves === undefined ? {} : { waves }),
    ...(evidence !== undefined && admissionBy(stage) === "share" ? { admission: "share" as const } : {}),
  };
  transition.add({ type: "PromotionStarted", data: { id, stage: stage.name, version, salt, gates: record, ...parts } });
  // Nobody is exposed to it by a share: who gets it is decided at the check, once a ration is granted.
  if (evidence !== undefined) return;
  const to = nextExposure(stage.rollout, 0) ?? fullExposure;
  transition.add({ type: "ExposureRaised", data: { id, stage: stage.name, version, from: 0, to, evidence: {} } });
}
