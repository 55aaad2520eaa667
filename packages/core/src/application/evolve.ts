import { unreachable } from "../errors/unreachable.ts";
import { evolveForge } from "../forge/forge.ts";
import type { SealedEvent } from "../log/event.ts";
import { storedPipeline } from "../pipeline/stored.ts";
import { hasChannel } from "../targets/outside.ts";
import { fromRfc3339 } from "../time/instant.ts";
import { itemKey, setCheck } from "./check-results.ts";
import { stagesOf } from "./context.ts";
import type { ApplicationEvent, ApplicationFact } from "./events.ts";
import { evolveIssues } from "./evolve-issues.ts";
import { applyTarget, failTarget, keepPlan, raised, settleExposure, updateDemands } from "./evolve-targets.ts";
import { countPassesAnew, forgetMeasurements, recordMeasurement } from "./measurements.ts";
import {
  type Approval,
  type AppState,
  changePromotion,
  initialState,
  type Promotion,
  type StageState,
  setStage,
  stageOf,
} from "./state.ts";
import { begunWayBack, raisedWayBack, servedWayBack } from "./way-back.ts";

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
  "TargetFailed",
  "PromotionPlanned",
  "StageFrozen",
  "StageThawed",
  "AutoPromotionHeld",
  "AutoPromotionResumed",
  "PromotionApproved",
  "PromotionRejected",
  "ApprovalVoided",
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
  const { at, actor } = event;
  switch (event.type) {
    case "PipelineApplied":
      return { ...state, pipeline: { ...event.data, pipeline: storedPipeline(event.data.pipeline), at } };
    case "ReleasePublished": {
      const { manifest, digest } = event.data;
      const release = { version: manifest.version, manifest, digest, publishedAt: at, publishedBy: actor };
      return { ...state, releases: state.releases.set(manifest.version, release) };
    }
    case "ReleaseWithdrawn": {
      const release = state.releases.get(event.data.version);
      if (release === undefined) return state;
      const withdrawn = { at, by: actor, reason: event.data.reason };
      return { ...state, releases: state.releases.set(release.version, { ...release, withdrawn }) };
    }
    case "ArtifactWithdrawn":
      return withdrawArtifact(state, event);
    case "PolicyAdopted": {
      const { name, revision, policy } = event.data;
      return { ...state, policies: state.policies.set(name, { name, revision, policy }) };
    }
    case "PolicyDropped": {
      const { name, revision } = event.data;
      return { ...state, policies: state.policies.set(name, { name, revision }) };
    }
    case "PromotionRequested": {
      const { id, stage, version, manual } = event.data;
      const promotion: Promotion = {
        id,
        stage,
        version,
        manual,
        requestedAt: at,
        requestedBy: actor,
        approvals: [],
        status: "waiting",
      };
      const before = stageOf(state, stage);
      const withPromotion = { ...state, promotions: state.promotions.set(id, promotion) };
      return setStage(withPromotion, {
        ...before,
        waiting: before.waiting.push(id),
        promotions: before.promotions + 1,
        latest: before.latest.set(version, id),
      });
    }
    case "PromotionAskedFor":
      return changePromotion(state, event.data.id, (promotion) => ({ ...promotion, asked: { by: actor, at } }));
    case "PromotionOverridden": {
      const { reason, policies } = event.data;
      const override = { by: actor, reason, at, ...(policies === undefined ? {} : { policies }) };
      return changePromotion(state, event.data.id, (promotion) => ({ ...promotion, override }));
    }
    case "PromotionApproved":
      return changePromotion(state, event.data.id, ({ rejection: _, ...promotion }) => ({
        ...promotion,
        approvals: [...promotion.approvals.filter(({ by }) => by !== actor), answerOf(event)],
      }));
    case "PromotionRejected":
      return changePromotion(state, event.data.id, (promotion) => ({
        ...promotion,
        approvals: [],
        rejection: answerOf(event),
      }));
    case "ApprovalVoided": {
      const { id, approver } = event.data;
      return changePromotion(state, id, (promotion) => ({
        ...promotion,
        approvals: promotion.approvals.filter(({ by }) => by !== approver),
      }));
    }
    case "PromotionStarted": {
      const { id, stage, version, salt } = event.data;
      const started = changePromotion(state, id, (promotion) => ({
        ...stopSoak(promotion, at),
        status: "active",
        startedAt: at,
        decidesFrom: at,
        exposure: {
          basisPoints: 0,
          salt,
          requestedSeq: event.seq,
          appliedAt: at,
          offered: { basisPoints: 0, seq: event.seq },
        },
      }));
      const before = stageOf(started, stage);
      return setStage(started, {
        ...before,
        active: id,
        waiting: without(before, id),
        away: before.away.delete(version),
        offered: before.offered.add(version),
      });
    }
    case "ExposureRaised": {
      const { id, to } = event.data;
      return changePromotion(countPassesAnew(state, id), id, (promotion) =>
        promotion.status === "active"
          ? { ...promotion, exposure: raised(promotion.exposure, to, event.seq) }
          : promotion,
      );
    }
    case "RationGranted": {
      const { id, most } = event.data;
      return changePromotion(state, id, (promotion) => ({ ...promotion, ration: most }));
    }
    case "GroupHalted": {
      const { id, group } = event.data;
      return changePromotion(state, id, (promotion) => ({
        ...promotion,
        haltedGroups: [...(promotion.haltedGroups ?? []), { group, at }],
      }));
    }
    case "PromotionPaused": {
      const { cause, reason } = event.data;
      return changePromotion(state, event.data.id, (promotion) =>
        promotion.status === "active"
          ? { ...promotion, status: "paused", paused: { cause, reason, at, by: actor } }
          : promotion,
      );
    }
    case "RolloutHalted": {
      const { reason } = event.data;
      return changePromotion(state, event.data.id, (promotion) =>
        promotion.status === "active" || promotion.status === "paused"
          ? { ...promotion, status: "paused", paused: { cause: "halted", reason, at, by: actor, halted: true } }
          : promotion,
      );
    }
    case "PromotionResumed":
      return changePromotion(forgetMeasurements(state, event.data.id), event.data.id, (promotion) => {
        if (promotion.status !== "paused") return promotion;
        const { paused: _, ...rest } = promotion;
        return { ...rest, decidesFrom: at, status: "active" };
      });
    case "MeasurementTaken":
      return recordMeasurement(state, event.data);
    case "PromotionCompleted": {
      const { id, stage, version, verify } = event.data;
      const replaced = stageOf(state, stage).live?.promotion;
      const watched = replaced === undefined ? state : forgetMeasurements(state, replaced);
      const done = changePromotion(verify === undefined ? forgetMeasurements(watched, id) : watched, id, (promotion) =>
        promotion.status === "active"
          ? {
              ...promotion,
              status: "complete",
              completedAt: at,
              ...(verify === undefined ? {} : { verification: { windows: verify, passed: 0 } }),
            }
          : promotion,
      );
      const { active: _, ...before } = stageOf(done, stage);
      const completed = before.completed.delete(version).set(version, { promotion: id, at });
      return setStage(done, { ...before, completed, live: { version, promotion: id, since: at } });
    }
    case "PromotionVerified": {
      const { id, window, of } = event.data;
      const seen = window === of ? forgetMeasurements(state, id) : state;
      return changePromotion(seen, id, (promotion) =>
        promotion.status === "complete" && promotion.verification !== undefined
          ? { ...promotion, verification: { ...promotion.verification, passed: window } }
          : promotion,
      );
    }
    case "PromotionRolledBack":
      return rollBack(forgetMeasurements(state, event.data.id), event);
    case "WayBackRaised":
      return setStage(state, raisedWayBack(stageOf(state, event.data.stage), event.data.to, event.seq));
    case "PromotionAborted": {
      const { id, stage, cause, reason } = event.data;
      const ended = changePromotion(state, id, (promotion) => ({
        ...promotion,
        status: "aborted",
        ended: { cause, reason, at, by: actor },
      }));
      const before = stageOf(ended, stage);
      return setStage(ended, { ...before, waiting: without(before, id) });
    }
    case "PromotionSuperseded": {
      const { id, stage, by } = event.data;
      const ended = changePromotion(forgetMeasurements(state, id), id, (promotion) => ({
        ...promotion,
        status: "superseded",
        ended: { cause: "superseded", reason: `superseded by ${by}`, at, by: actor },
      }));
      const { active, ...before } = stageOf(ended, stage);
      const next = { ...before, waiting: without(before, id) };
      return setStage(ended, active === undefined || active === id ? next : { ...next, active });
    }
    case "SoakClockStarted":
      return changePromotion(state, event.data.id, (promotion) => ({
        ...promotion,
        soak: { ranMs: promotion.soak?.ranMs ?? 0, since: at },
      }));
    case "SoakClockStopped":
      return changePromotion(state, event.data.id, (promotion) => stopSoak(promotion, at));
    case "CheckReported": {
      const { version, name, stage, result, groups, comment, url } = event.data;
      const link = url === undefined ? {} : { url };
      const known = { result, at, by: actor, groups, comment, ...link };
      return setCheck(state, version, stage === undefined ? name : itemKey(stage, name), known);
    }
    case "ItemProbed": {
      const { version, stage, item, pipeline, result, reason, evidence } = event.data;
      const known = { result, at, by: actor, groups: [], comment: reason, found: { evidence, pipeline } };
      return setCheck(state, version, itemKey(stage, item), known);
    }
    case "StageFrozen": {
      const { stage, reason, until } = event.data;
      const frozen = { at, by: actor, reason, ...(until === undefined ? {} : { until: fromRfc3339(until) }) };
      return setStage(state, { ...stageOf(state, stage), frozen });
    }
    case "StageThawed": {
      const { frozen: _, ...thawed } = stageOf(state, event.data.stage);
      return setStage(state, thawed);
    }
    case "AutoPromotionHeld": {
      const { stage, id, version } = event.data;
      return setStage(state, { ...stageOf(state, stage), hold: { at, by: actor, promotion: id, version } });
    }
    case "AutoPromotionResumed": {
      const { hold: _, ...resumed } = stageOf(state, event.data.stage);
      return setStage(state, resumed);
    }
    case "IssueOpened":
    case "IssueResolved":
      return evolveIssues(state, event);
    case "FeedsPublished": {
      const publishedSeq = Math.max(state.feeds.publishedSeq, event.data.upTo);
      return servedWayBack({ ...state, feeds: { ...state.feeds, publishedSeq } }, at);
    }
    case "TargetApplied":
      return applyTarget(state, event);
    case "TargetFailed":
      return failTarget(state, event);
    case "PromotionPlanned":
      return keepPlan(state, event);
    case "HookCreated":
    case "HookRemoved":
    case "TagPushed":
    case "TagDeleted":
    case "CommitMerged":
      return { ...state, forge: evolveForge(state.forge, event, { at, by: actor }) };
    default:
      return unreachable(event);
  }
}

function withdrawArtifact(
  state: AppState,
  { at, data }: Extract<ApplicationEvent, { type: "ArtifactWithdrawn" }>,
): AppState {
  const { sha256, reason, by, versions } = data;
  const withdrawn = { at, by, reason: `it contains the artifact ${sha256}, which was withdrawn: ${reason}` };
  let { releases } = state;
  for (const version of versions) {
    const release = releases.get(version);
    if (release !== undefined && release.withdrawn === undefined)
      releases = releases.set(version, { ...release, withdrawn });
  }
  return { ...state, releases, withdrawnArtifacts: state.withdrawnArtifacts.set(sha256, { sha256, at, by, reason }) };
}

function rollBack(state: AppState, event: Extract<ApplicationEvent, { type: "PromotionRolledBack" }>): AppState {
  const { id, stage, version, to, cause, reason } = event.data;
  const status = cause === "aborted" ? "aborted" : "rolled-back";
  const ended = changePromotion(state, id, (promotion) => ({
    ...promotion,
    status,
    ended: { cause, reason, at: event.at, by: event.actor },
  }));
  const { active, live: _, wayBack, ...before } = stageOf(ended, stage);
  // Whatever was completed here after the release that is live again goes with the one rolled back.
  const good = to === null ? undefined : before.completed.get(to);
  const keep =
    good === undefined
      ? before.completed.clear()
      : before.completed.takeUntil((_, candidate) => candidate === to).set(to as string, good);
  const gone = before.completed.keySeq().filter((candidate) => !keep.has(candidate));
  return setStage(ended, {
    ...before,
    completed: keep,
    away: before.away.union(gone).add(version),
    ...begunWayBack(wayBack, event, gone),
    ...(active === undefined || active === id ? {} : { active }),
    ...(to === null || good === undefined ? {} : { live: { version: to, promotion: good.promotion, since: event.at } }),
  });
}

function answerOf(event: Extract<ApplicationEvent, { type: "PromotionApproved" | "PromotionRejected" }>): Approval {
  const { groups, comment, pipeline } = event.data;
  return { by: event.actor, groups, at: event.at, comment, pipeline };
}

/** How long a release was well before it was let in stays what it was, whatever is measured afterwards. */
function stopSoak(promotion: Promotion, at: number): Promotion {
  const { soak } = promotion;
  return soak?.since === undefined ? promotion : { ...promotion, soak: { ranMs: soak.ranMs + at - soak.since } };
}

function without(stage: StageState, id: string): StageState["waiting"] {
  return stage.waiting.filter((waiting) => waiting !== id);
}
