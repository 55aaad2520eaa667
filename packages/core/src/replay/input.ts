import type { ApplicationCommand } from "../application/commands.ts";
import type { ApplicationEvent, ApplicationFact } from "../application/events.ts";
import { type AppState, activePromotion, latestPromotion, stageOf } from "../application/state.ts";
import { unreachable } from "../errors/unreachable.ts";
import { fromRfc3339 } from "../time/instant.ts";

/** What an event of the log is to a replay: something that came from outside, to be done or to be known again; or a consequence. */
export type Input =
  | { readonly kind: "command"; readonly command: ApplicationCommand }
  | { readonly kind: "fact"; readonly fact: ApplicationFact }
  | { readonly kind: "pipeline" }
  | { readonly kind: "consequence" }
  /** It was done to what is not there in the replay. */
  | { readonly kind: "pointless"; readonly why: string };

const consequence: Input = { kind: "consequence" };
const command = (given: ApplicationCommand): Input => ({ kind: "command", command: given });

/**
 * How an event of the log is played again.
 * @param issues the id that an issue of the log has in the replay
 */
export function inputOf(event: ApplicationEvent, state: AppState, issues: ReadonlyMap<string, string>): Input {
  switch (event.type) {
    case "PipelineApplied":
      return { kind: "pipeline" };
    case "ReleasePublished":
      return command({ type: "PublishRelease", manifest: event.data.manifest });
    case "ReleaseWithdrawn":
      return command({ type: "WithdrawRelease", ...event.data });
    case "ArtifactWithdrawn": {
      const { sha256, reason } = event.data;
      return command({ type: "WithdrawArtifact", sha256, reason, unseen: true });
    }
    case "PromotionRequested": {
      const { manual, version, stage } = event.data;
      return manual ? command({ type: "RequestPromotion", version, stage }) : consequence;
    }
    case "PromotionAskedFor": {
      const { version, stage } = event.data;
      return command({ type: "RequestPromotion", version, stage });
    }
    case "PromotionOverridden": {
      const { version, stage, reason, policies } = event.data;
      const more = policies === undefined ? {} : { policies };
      return command({ type: "RequestPromotion", version, stage, override: reason, ...more });
    }
    case "PromotionApproved":
    case "PromotionRejected": {
      const { groups, comment } = event.data;
      const type = event.type === "PromotionApproved" ? "ApprovePromotion" : "RejectPromotion";
      return onPromotion(event.data, state, (id) => ({ type, id, groups, comment }));
    }
    case "PromotionPaused": {
      const { cause, reason } = event.data;
      if (cause !== "manual") return consequence;
      return onPromotion(event.data, state, (id) => ({ type: "PausePromotion", id, reason }));
    }
    case "PromotionResumed": {
      const { reason } = event.data;
      return onPromotion(event.data, state, (id) => ({ type: "ResumePromotion", id, reason }));
    }
    case "PromotionAborted": {
      const { cause, reason } = event.data;
      if (cause !== "manual") return consequence;
      return onPromotion(event.data, state, (id) => ({ type: "AbortPromotion", id, reason }));
    }
    case "PromotionRolledBack":
      return rollBackInput(event.data, state);
    case "IssueOpened": {
      const { version, title, severity, stage } = event.data;
      // One that names a stage was opened by a failing analysis.
      return stage === undefined ? command({ type: "OpenIssue", version, title, severity }) : consequence;
    }
    case "IssueResolved": {
      const id = issues.get(event.data.id);
      if (id === undefined) return { kind: "pointless", why: `${event.data.id} was never opened` };
      return command({ type: "ResolveIssue", id, comment: event.data.comment });
    }
    case "StageFrozen": {
      const { stage, reason, until } = event.data;
      const end = until === undefined ? {} : { until: fromRfc3339(until) };
      return command({ type: "FreezeStage", stage, reason, ...end });
    }
    case "StageThawed":
      return command({ type: "ThawStage", stage: event.data.stage });
    case "ApplicationFrozen": {
      const { reason, until } = event.data;
      const end = until === undefined ? {} : { until: fromRfc3339(until) };
      return command({ type: "FreezeApplication", reason, ...end });
    }
    case "ApplicationThawed":
      return command({ type: "ThawApplication" });
    case "AutoPromotionResumed":
      return command({ type: "ResumeAutoPromotion", stage: event.data.stage });
    case "MeasurementTaken":
      return measurementInput(event, state);
    case "ItemProbed":
      // What the server found out then is taken to be what it would have found out.
      return { kind: "fact", fact: { ...event, data: { ...event.data, pipeline: state.pipeline?.digest ?? "" } } };
    case "CheckReported":
    case "PolicyAdopted":
    case "PolicyDropped":
    case "HookCreated":
    case "HookRemoved":
    case "TagPushed":
    case "TagDeleted":
    case "CommitMerged":
      return { kind: "fact", fact: event };
    // What was approved in the end is played again as the rollback that followed.
    case "RollbackRequested":
    case "RollbackApproved":
    case "RollbackRejected":
    case "RollbackApprovalVoided":
    case "RollbackRequestLapsed":
    case "ApprovalVoided":
    case "AutoPromotionHeld":
    case "RolloutHalted":
    case "PromotionVerified":
    case "WayBackRaised":
    case "PromotionStarted":
    case "ExposureRaised":
    case "WaveBegun":
    case "RationGranted":
    case "GroupHalted":
    case "PromotionCompleted":
    case "PromotionSuperseded":
    case "SoakClockStarted":
    case "SoakClockStopped":
    case "FeedsPublished":
    case "TargetApplied":
    case "DiscoveryProblemFound":
    case "TargetDeferred":
    case "TargetFailed":
    case "PromotionPlanned":
    case "DriftFound":
    case "DriftGone":
    case "PeopleTold":
      return consequence;
    default:
      return unreachable(event);
  }
}

/** What was measured of a stage while it had a release says nothing of the stage without it. */
function measurementInput(event: Extract<ApplicationEvent, { type: "MeasurementTaken" }>, state: AppState): Input {
  const { stage, version } = event.data;
  const promotion = latestPromotion(state, stageOf(state, stage), version);
  if (promotion === undefined || promotion.status === "waiting" || "ended" in promotion) return consequence;
  return { kind: "fact", fact: { ...event, data: { ...event.data, id: promotion.id } } };
}

interface Place {
  readonly stage: string;
  readonly version: string;
}

function onPromotion({ stage, version }: Place, state: AppState, make: (id: string) => ApplicationCommand): Input {
  const promotion = latestPromotion(state, stageOf(state, stage), version);
  return promotion === undefined
    ? { kind: "pointless", why: `${version} was not on its way into ${stage}` }
    : command(make(promotion.id));
}

function rollBackInput(
  data: Extract<ApplicationFact, { type: "PromotionRolledBack" }>["data"],
  state: AppState,
): Input {
  const { stage, version, cause, reason, to } = data;
  if (cause === "aborted") return onPromotion(data, state, (id) => ({ type: "AbortPromotion", id, reason }));
  if (cause !== "manual") return consequence;
  const stageState = stageOf(state, stage);
  const there = stageState.live?.version === version || activePromotion(state, stageState)?.version === version;
  if (!there) return { kind: "pointless", why: `${version} was not in ${stage}` };
  const target = to !== null && stageState.completed.has(to) ? { to } : {};
  const gradually = data.staged === undefined ? {} : { staged: true };
  return command({ type: "RollBack", stage, reason, ...target, ...gradually });
}
