import { contentOf, type Demand, sameContent, unmetTargets } from "../../targets/demand.ts";
import { copiesFeed, hasChannel, outsideTargets } from "../../targets/outside.ts";
import { stagesOf } from "../context.ts";
import type { ApplicationEvent } from "../events.ts";
import {
  type AppState,
  activePromotion,
  changePromotion,
  type Exposure,
  type Reach,
  type RollingPromotion,
  type StageState,
  setStage,
  stageOf,
} from "../state.ts";

type EventOf<Type extends ApplicationEvent["type"]> = Extract<ApplicationEvent, { type: Type }>;

/** An exposure that was raised: nobody has it yet, and the feed goes on saying what it said. */
export function raised(before: Exposure, to: Reach, seq: number): Exposure {
  const { wave, salt, offered } = before;
  return { ...(wave === undefined ? {} : { wave }), ...to, salt, requestedSeq: seq, offered };
}

export function applyTarget(state: AppState, { data, at }: EventOf<"TargetApplied">): AppState {
  const { stage: name, target, evidence: _, ...applied } = data;
  const stage = stageOf(state, name);
  const failed = stage.targets.get(target)?.failed;
  const later = failed !== undefined && failed.asked > applied.asked ? { failed } : {};
  return setStage(state, { ...stage, targets: stage.targets.set(target, { applied: { ...applied, at }, ...later }) });
}

export function failTarget(state: AppState, { data, at }: EventOf<"TargetFailed">): AppState {
  const { stage: name, target, asked, config, reason, retryable } = data;
  const stage = stageOf(state, name);
  const before = stage.targets.get(target);
  const again = before?.failed?.asked === asked && before.failed.config === config;
  const since = again ? (before?.failed?.since ?? at) : at;
  const failed = { asked, config, since, reason, retryable };
  const { deferred: _, ...known } = before ?? {};
  return setStage(state, { ...stage, targets: stage.targets.set(target, { ...known, failed }) });
}

/** It can do its part, so what it failed at before counts no more. */
export function deferTarget(state: AppState, { data, at }: EventOf<"TargetDeferred">): AppState {
  const { stage: name, target, asked, config, reason } = data;
  const stage = stageOf(state, name);
  const { failed: _, ...known } = stage.targets.get(target) ?? {};
  const deferred = { asked, config, since: at, reason };
  return setStage(state, { ...stage, targets: stage.targets.set(target, { ...known, deferred }) });
}

export function findDrift(state: AppState, { data, at }: EventOf<"DriftFound">): AppState {
  const { stage: name, target, text, issue } = data;
  const stage = stageOf(state, name);
  const drift = { since: at, text, issue };
  return setStage(state, { ...stage, targets: stage.targets.set(target, { ...stage.targets.get(target), drift }) });
}

export function endDrift(state: AppState, { data }: EventOf<"DriftGone">): AppState {
  const stage = stageOf(state, data.stage);
  const { drift: _, ...rest } = stage.targets.get(data.target) ?? {};
  return setStage(state, { ...stage, targets: stage.targets.set(data.target, rest) });
}

/** The newest plan of each target is what counts for a promotion. */
export function keepPlan(state: AppState, { data, at }: EventOf<"PromotionPlanned">): AppState {
  const { id, target, config, live, changes, text } = data;
  const plan = { target, config, live, changes, text, at };
  return changePromotion(state, id, (promotion) => ({
    ...promotion,
    plans: [...(promotion.plans ?? []).filter((known) => known.target !== target), plan],
  }));
}

/** What follows from a demand, and asks for nothing. */
const answers: ReadonlySet<ApplicationEvent["type"]> = new Set([
  "TargetApplied",
  "TargetDeferred",
  "TargetFailed",
  "DriftFound",
  "DriftGone",
  "FeedsPublished",
]);

/** Asks the targets of a stage for what follows from the log now, where it is something else than was asked before. */
export function updateDemands(state: AppState, event: ApplicationEvent): AppState {
  if (answers.has(event.type)) return state;
  let next = state;
  for (const { name, targets } of stagesOf(state)) {
    if (outsideTargets({ targets }).length === 0) continue;
    const stage = stageOf(next, name);
    const content = contentOf(next, stage);
    if (content === undefined || (stage.demand !== undefined && sameContent(stage.demand, content))) continue;
    const goesBack = event.type === "PromotionRolledBack" && event.data.stage === name;
    const demand: Demand = { ...content, asked: event.seq, ...(goesBack ? { leaving: event.data.version } : {}) };
    next = setStage(next, { ...stage, demand });
  }
  return next;
}

/**
 * Notes for every rollout whether all of its stage's targets have the exposure asked for: first those outside, then the feed,
 * so that no client is offered what the rest of the stage does not have, and then the copies of the feed.
 */
export function settleExposure(state: AppState, event: ApplicationEvent): AppState {
  let next = state;
  for (const spec of stagesOf(state)) {
    const stage = stageOf(next, spec.name);
    const promotion = activePromotion(next, stage);
    if (promotion === undefined) continue;
    const exposure = settled(next, stage, promotion, hasChannel(spec), event);
    if (exposure === promotion.exposure) continue;
    const shares = published(promotion, exposure);
    next = changePromotion(next, promotion.id, (known) => ({ ...known, ...shares, exposure }) as typeof known);
    if (exposure.offered !== promotion.exposure.offered && hasChannel(spec))
      next = { ...next, feeds: { ...next.feeds, changedSeq: event.seq } };
  }
  return next;
}

function settled(
  state: AppState,
  stage: StageState,
  { exposure }: RollingPromotion,
  channel: boolean,
  event: ApplicationEvent,
): Exposure {
  const unmet = unmetTargets(state, stage);
  if (!unmet.every(copiesFeed)) return notYet(exposure);
  const { basisPoints, wave, offered } = exposure;
  if (offered.basisPoints !== basisPoints || offered.wave !== wave)
    return {
      ...exposure,
      offered: { basisPoints, ...(wave === undefined ? {} : { wave }), seq: event.seq },
      ...(channel ? {} : { appliedAt: event.at }),
    };
  if (unmet.length > 0) return notYet(exposure);
  const served = !channel || state.feeds.publishedSeq >= offered.seq;
  return exposure.appliedAt === undefined && served ? { ...exposure, appliedAt: event.at } : exposure;
}

/** What clients can read of a share by which they are let in, and since when. */
function published(
  { admission, shares = [] }: RollingPromotion,
  { basisPoints, appliedAt }: Exposure,
): Pick<RollingPromotion, "shares"> {
  const higher = basisPoints > (shares.at(-1)?.basisPoints ?? 0);
  if (admission !== "share" || appliedAt === undefined || !higher) return {};
  return { shares: [...shares, { basisPoints, at: appliedAt }] };
}

function notYet(exposure: Exposure): Exposure {
  if (exposure.appliedAt === undefined) return exposure;
  const { appliedAt: _, ...waiting } = exposure;
  return waiting;
}
