import { unreachable } from "../errors/unreachable.ts";
import { evolveForge } from "../forge/forge.ts";
import type { SealedEvent } from "../log/event.ts";
import { hasChannel } from "../targets/outside.ts";
import { fromRfc3339 } from "../time/instant.ts";
import { stagesOf } from "./context.ts";
import type { ApplicationEvent, ApplicationFact } from "./events.ts";
import { evolveCheck } from "./evolve/check.ts";
import { evolveEffect } from "./evolve/effect.ts";
import { evolveIssue } from "./evolve/issue.ts";
import { evolvePipeline } from "./evolve/pipeline.ts";
import { evolvePromotion } from "./evolve/promotion.ts";
import { evolveRelease } from "./evolve/release.ts";
import { evolveRollback } from "./evolve/rollback.ts";
import { evolveRollbackRequest } from "./evolve/rollback-request.ts";
import { evolveRollout } from "./evolve/rollout.ts";
import { evolveStage } from "./evolve/stage.ts";
import { settleExposure, updateDemands } from "./evolve/targets.ts";
import { type AppState, initialState } from "./state.ts";

/** Folds one event into a state. Pure; the state that went in is unchanged. */
export function evolve(state: AppState, event: ApplicationEvent): AppState {
  const applied = touchFeeds(state, { ...apply(state, event), seq: event.seq }, event);
  return settleExposure(updateDemands(applied, event), event);
}

/** Folds a stretch of the log, from whatever state stood before it. */
export function foldLog(state: AppState, events: Iterable<SealedEvent>): AppState {
  let folded = state;
  for (const event of events) folded = evolve(folded, unsealed(event));
  return folded;
}

/** The whole of an application's state from its whole log. */
export function replay(app: string, events: Iterable<SealedEvent>): AppState {
  return foldLog(initialState(app), events);
}

/** An event of an application as the fold and the views read it. */
export function unsealed(event: SealedEvent): ApplicationEvent {
  // What stands in the log was written by `decide`; a type that this version does not know ends in `unreachable`.
  const fact = { type: event.type, data: event.data } as ApplicationFact;
  return { ...fact, seq: event.seq, at: fromRfc3339(event.at), actor: event.actor };
}

/** What changes nothing that a feed says. */
const feedless = new Set<ApplicationFact["type"]>([
  "FeedsPublished",
  "PolicyAdopted",
  "PolicyDropped",
  "SoakClockStarted",
  "SoakClockStopped",
  // What it lets the feed say, `settleExposure` sees to.
  "TargetApplied",
  "DiscoveryProblemFound",
  "TargetDeferred",
  "TargetFailed",
  "PromotionPlanned",
  "DriftFound",
  "DriftGone",
  "PeopleTold",
  "StageFrozen",
  "StageThawed",
  "ApplicationFrozen",
  "ApplicationThawed",
  "AutoPromotionHeld",
  "AutoPromotionResumed",
  "PromotionApproved",
  "PromotionRejected",
  "ApprovalVoided",
  "RollbackRequested",
  "RollbackApproved",
  "RollbackRejected",
  "RollbackApprovalVoided",
  "RollbackRequestLapsed",
  "CheckReported",
  "ItemProbed",
  "IssueOpened",
  "IssueResolved",
  "PromotionAskedFor",
  "HookCreated",
  "HookRemoved",
  "TagPushed",
  "TagDeleted",
  "CommitMerged",
  "RationGranted",
  "MeasurementTaken",
  "PromotionVerified",
]);

const hasFeeds = (state: AppState) => stagesOf(state).some(hasChannel);

function touchFeeds(before: AppState, state: AppState, event: ApplicationEvent): AppState {
  if (feedless.has(event.type)) return state;
  if (!hasFeeds(before) && !hasFeeds(state)) return state;
  if (event.type === "ArtifactWithdrawn" && event.data.versions.length === 0) return state;
  return { ...state, feeds: { ...state.feeds, changedSeq: event.seq } };
}

function apply(state: AppState, event: ApplicationEvent): AppState {
  switch (event.type) {
    case "PipelineApplied":
    case "PolicyAdopted":
    case "PolicyDropped":
      return evolvePipeline(state, event);
    case "ReleasePublished":
    case "ReleaseWithdrawn":
    case "ArtifactWithdrawn":
    case "DiscoveryProblemFound":
      return evolveRelease(state, event);
    case "PromotionRequested":
    case "PromotionAskedFor":
    case "PromotionOverridden":
    case "PromotionApproved":
    case "PromotionRejected":
    case "ApprovalVoided":
    case "PromotionAborted":
    case "PromotionSuperseded":
      return evolvePromotion(state, event);
    case "PromotionStarted":
    case "ExposureRaised":
    case "WaveBegun":
    case "RationGranted":
    case "GroupHalted":
    case "PromotionPaused":
    case "RolloutHalted":
    case "PromotionResumed":
    case "MeasurementTaken":
    case "PromotionCompleted":
    case "PromotionVerified":
      return evolveRollout(state, event);
    case "PromotionRolledBack":
    case "WayBackRaised":
      return evolveRollback(state, event);
    case "RollbackRequested":
    case "RollbackApproved":
    case "RollbackRejected":
    case "RollbackApprovalVoided":
    case "RollbackRequestLapsed":
      return evolveRollbackRequest(state, event);
    case "CheckReported":
    case "ItemProbed":
    case "SoakClockStarted":
    case "SoakClockStopped":
      return evolveCheck(state, event);
    case "StageFrozen":
    case "StageThawed":
    case "ApplicationFrozen":
    case "ApplicationThawed":
    case "AutoPromotionHeld":
    case "AutoPromotionResumed":
      return evolveStage(state, event);
    case "IssueOpened":
    case "IssueResolved":
      return evolveIssue(state, event);
    case "FeedsPublished":
    case "TargetApplied":
    case "PromotionPlanned":
    case "TargetDeferred":
    case "DriftFound":
    case "DriftGone":
    case "PeopleTold":
    case "TargetFailed":
      return evolveEffect(state, event);
    case "HookCreated":
    case "HookRemoved":
    case "TagPushed":
    case "TagDeleted":
    case "CommitMerged":
      return { ...state, forge: evolveForge(state.forge, event, { at: event.at, by: event.actor }) };
    default:
      return unreachable(event);
  }
}
