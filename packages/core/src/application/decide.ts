import { recordAlert } from "../alerts/alert.ts";
import { takeMeasurement } from "../analysis/take.ts";
import { nearestNames } from "../errors/nearest.ts";
import { isRejection, type Rejection, reject } from "../errors/rejection.ts";
import { unreachable } from "../errors/unreachable.ts";
import { createHook, recordForgeChange, removeHook } from "../forge/record.ts";
import { manifestDigest } from "../release/manifest.ts";
import { compareVersions } from "../release/version.ts";
import { factsToAdopt } from "../rules/adopt.ts";
import { applyPipeline } from "./apply-pipeline.ts";
import { approvePromotion, rejectPromotion } from "./approve.ts";
import { reportCheck } from "./checks.ts";
import type { ApplicationCommand, CommandMeta, CommandOf } from "./commands.ts";
import { stagesOf } from "./context.ts";
import type { ApplicationFact } from "./events.ts";
import { findPromotion, findRelease, findStage } from "./find.ts";
import { freezeStage, thawStage } from "./freeze.ts";
import { chooseByHand, resumeAutoPromotion } from "./hold.ts";
import { recordProbe } from "./probes.ts";
import { recordPlan } from "./record-plan.ts";
import { recordTarget, recordTargetFailure } from "./record-target.ts";
import { openPromotion, request } from "./request.ts";
import { rollBack, settle } from "./settle.ts";
import { type AppState, activePromotion, type Promotion, stageOf } from "./state.ts";
import { Transition } from "./transition.ts";
import { stagedWay } from "./way-back.ts";
import { refuseWithdrawnArtifacts, withdrawArtifact, withdrawRelease } from "./withdraw.ts";

/** What follows from a command: the facts that happen (none: nothing changes), or why not. */
export type Decision = { readonly facts: readonly ApplicationFact[]; readonly state: AppState } | Rejection;

/**
 * Decides a command against a state. Pure: the same state, command and meta always give the same decision.
 * Whatever becomes due by it, at `meta.now`, is part of the decision.
 */
export function decide(state: AppState, command: ApplicationCommand, meta: CommandMeta): Decision {
  const transition = new Transition(state, meta);
  if (meta.rules !== undefined) for (const fact of factsToAdopt(state, meta.rules)) transition.add(fact);
  const refused = handle(transition, command);
  if (refused !== undefined) return refused;
  settle(transition, command.type === "Advance" ? command.measurements : undefined);
  return { facts: transition.facts, state: transition.state };
}

function handle(transition: Transition, command: ApplicationCommand): Rejection | undefined {
  switch (command.type) {
    case "ApplyPipeline":
      return applyPipeline(transition, command);
    case "PublishRelease":
      return publishRelease(transition, command);
    case "WithdrawRelease":
      return withdrawRelease(transition, command);
    case "WithdrawArtifact":
      return withdrawArtifact(transition, command);
    case "RequestPromotion":
      return requestPromotion(transition, command);
    case "ApprovePromotion":
      return approvePromotion(transition, command);
    case "RejectPromotion":
      return rejectPromotion(transition, command);
    case "ReportCheck":
      return reportCheck(transition, command);
    case "RecordProbe":
      recordProbe(transition, command);
      return undefined;
    case "PausePromotion":
      return pausePromotion(transition, command);
    case "ResumePromotion":
      return resumePromotion(transition, command);
    case "AbortPromotion":
      return abortPromotion(transition, command);
    case "HaltRollout":
      return haltRollout(transition, command);
    case "RecallRollout":
      return recallRollout(transition, command);
    case "RollBack":
      return rollBackStage(transition, command);
    case "FreezeStage":
      return freezeStage(transition, command);
    case "ThawStage":
      return thawStage(transition, command);
    case "CreateHook":
      return createHook(transition, command);
    case "RemoveHook":
      return removeHook(transition, command);
    case "RecordForgeChange":
      return recordForgeChange(transition, command);
    case "ResumeAutoPromotion":
      return resumeAutoPromotion(transition, command);
    case "OpenIssue":
      return openIssue(transition, command);
    case "ResolveIssue":
      return resolveIssue(transition, command);
    case "AdoptRules":
    case "Advance":
      return undefined;
    case "RecordAlert":
      return recordAlert(transition, command.alert);
    case "TakeMeasurement":
      takeMeasurement(transition, command);
      return undefined;
    case "RecordPublication":
      // A publication of what the log does not hold proves nothing of what it will hold.
      if (command.upTo > transition.state.feeds.publishedSeq && command.upTo <= transition.state.seq)
        transition.add({ type: "FeedsPublished", data: { upTo: command.upTo, feeds: command.feeds } });
      return undefined;
    case "RecordPlan":
      return recordPlan(transition, command);
    case "RecordTarget":
      return recordTarget(transition, command);
    case "RecordTargetFailure":
      return recordTargetFailure(transition, command);
    default:
      return unreachable(command);
  }
}

function publishRelease(transition: Transition, { manifest }: CommandOf<"PublishRelease">): Rejection | undefined {
  const { state } = transition;
  const [first] = stagesOf(state);
  if (first === undefined)
    return reject(
      "APP_NOT_FOUND",
      `Application "${state.app}" has no pipeline yet. Apply one first: sluice apply -f sluice.yaml`,
    );
  if (manifest.app !== state.app)
    return reject(
      "RELEASE_INVALID",
      `The manifest is for application "${manifest.app}", but it was sent for "${state.app}".`,
    );
  const digest = manifestDigest(manifest);
  const known = state.releases.get(manifest.version);
  if (known !== undefined) {
    if (known.digest === digest) return undefined;
    return reject(
      "RELEASE_EXISTS",
      `${manifest.version} was already published with other content (manifest ${known.digest.slice(0, 12)}, this one ${digest.slice(0, 12)}). A published release never changes: publish under a new version.`,
    );
  }
  const refused = refuseWithdrawnArtifacts(state, manifest);
  if (refused !== undefined) return refused;
  transition.add({ type: "ReleasePublished", data: { manifest, digest } });
  request(transition, first, manifest.version, { manual: false });
  return undefined;
}

function requestPromotion(transition: Transition, command: CommandOf<"RequestPromotion">): Rejection | undefined {
  const { state } = transition;
  const stage = findStage(state, command.stage);
  if (isRejection(stage)) return stage;
  const release = findRelease(state, command.version);
  if (isRejection(release)) return release;
  if (release.withdrawn !== undefined)
    return reject(
      "RELEASE_WITHDRAWN",
      `${release.version} was withdrawn by ${release.withdrawn.by}: ${release.withdrawn.reason}`,
    );
  if (command.override?.trim() === "")
    return reject("REASON_REQUIRED", "An override needs a reason: --override --reason TEXT");
  const stageState = stageOf(state, stage.name);
  const live = stageState.live?.version;
  if (live === release.version) return reject("ALREADY_LIVE", `${release.version} is live in ${stage.name}.`);
  if (live !== undefined && compareVersions(release.version, live) < 0)
    return reject(
      "NOT_NEWER",
      `${stage.name} has ${live}, which is newer. To go back: sluice rollback ${stage.name} --to ${release.version} --reason TEXT`,
    );
  if (stageState.away.has(release.version) && command.override === undefined)
    return reject(
      "GATES_CLOSED",
      `${release.version} was rolled back in ${stage.name} and is not offered there again unless you say so: sluice promote ${release.version} ${stage.name} --override --reason TEXT`,
    );
  const open = openPromotion(state, stageState, release.version);
  const policies = command.policies === true && state.policies.some(({ policy }) => policy !== undefined);
  const id = open?.id ?? request(transition, stage, release.version, { manual: true });
  if (open?.status === "waiting" && stage["promote-on"] !== undefined && !open.manual && open.asked === undefined)
    transition.add({ type: "PromotionAskedFor", data: { id: open.id, stage: stage.name, version: release.version } });
  if (command.override !== undefined && id !== undefined && needsOverride(open, policies))
    transition.add({
      type: "PromotionOverridden",
      data: {
        id,
        stage: stage.name,
        version: release.version,
        reason: command.override,
        ...(policies ? { policies: true } : {}),
      },
    });
  if (id !== undefined && open?.status !== "active" && open?.status !== "paused")
    chooseByHand(transition, stage, id, release.version);
  return undefined;
}

/** An override stands once; one that passes over policies as well adds to one that does not. */
function needsOverride(open: Promotion | undefined, policies: boolean): boolean {
  return open?.override === undefined || (policies && open.override.policies !== true);
}

function pausePromotion(transition: Transition, { id, reason }: CommandOf<"PausePromotion">): Rejection | undefined {
  const promotion = findPromotion(transition.state, id);
  if (isRejection(promotion)) return promotion;
  if (promotion.status === "paused") return undefined;
  if (promotion.status !== "active") return notActive(promotion);
  const { stage, version } = promotion;
  transition.add({ type: "PromotionPaused", data: { id, stage, version, cause: "manual", reason, evidence: {} } });
  return undefined;
}

function resumePromotion(transition: Transition, { id, reason }: CommandOf<"ResumePromotion">): Rejection | undefined {
  const promotion = findPromotion(transition.state, id);
  if (isRejection(promotion)) return promotion;
  if (promotion.status === "active") return undefined;
  if (promotion.status !== "paused") return notActive(promotion);
  transition.add({
    type: "PromotionResumed",
    data: { id, stage: promotion.stage, version: promotion.version, reason },
  });
  return undefined;
}

function abortPromotion(transition: Transition, { id, reason }: CommandOf<"AbortPromotion">): Rejection | undefined {
  const promotion = findPromotion(transition.state, id);
  if (isRejection(promotion)) return promotion;
  const { stage, version } = promotion;
  if (promotion.status === "waiting")
    transition.add({ type: "PromotionAborted", data: { id, stage, version, cause: "manual", reason } });
  else if (promotion.status === "active" || promotion.status === "paused")
    rollBack(transition, promotion, "aborted", reason);
  else return notActive(promotion);
  return undefined;
}

function haltRollout(transition: Transition, { id, reason }: CommandOf<"HaltRollout">): Rejection | undefined {
  const promotion = findPromotion(transition.state, id);
  if (isRejection(promotion)) return promotion;
  if (promotion.status !== "active" && promotion.status !== "paused") return notActive(promotion);
  const { stage, version } = promotion;
  if (promotion.status === "active" || promotion.paused.halted !== true)
    transition.add({ type: "RolloutHalted", data: { id, stage, version, reason } });
  return undefined;
}

function recallRollout(transition: Transition, { id, reason }: CommandOf<"RecallRollout">): Rejection | undefined {
  const { state } = transition;
  const promotion = findPromotion(state, id);
  if (isRejection(promotion)) return promotion;
  if (reason.trim() === "") return reject("REASON_REQUIRED", "Say why it is recalled: --reason TEXT");
  const { active, live } = stageOf(state, promotion.stage);
  if (id !== active && id !== live?.promotion) return notActive(promotion);
  rollBack(transition, promotion, "recalled", reason);
  return undefined;
}

function notActive(promotion: Promotion): Rejection {
  return reject(
    "PROMOTION_NOT_ACTIVE",
    `Promotion ${promotion.id} of ${promotion.version} into ${promotion.stage} is ${promotion.status}.`,
  );
}

function rollBackStage(
  transition: Transition,
  { stage: name, to, reason, staged: gradually }: CommandOf<"RollBack">,
): Rejection | undefined {
  const { state } = transition;
  const stage = findStage(state, name);
  if (isRejection(stage)) return stage;
  if (reason.trim() === "") return reject("REASON_REQUIRED", "Say why the stage goes back: --reason TEXT");
  const stageState = stageOf(state, stage.name);
  const active = activePromotion(state, stageState);
  if (to !== undefined) {
    const refused = refuseTarget(state, stage.name, to);
    if (refused !== undefined) return refused;
  }
  const live = stageState.live;
  const promotion = live && state.promotions.get(live.promotion);
  const staged = gradually === true ? stagedWay(state, stage) : undefined;
  if (active !== undefined) {
    rollBack(transition, active, "manual", reason, {}, { staged });
    if (to === undefined || to === live?.version) return undefined;
  } else if (to !== undefined && to === live?.version) {
    return reject("ALREADY_LIVE", `${to} is what is live in ${stage.name}.`);
  }
  const before = promotion && [...stageState.completed.keys()].filter((version) => version !== promotion.version);
  const good = before?.filter((version) => state.releases.get(version)?.withdrawn === undefined);
  if (promotion === undefined || good === undefined || good.length === 0)
    return reject(
      "NOTHING_TO_ROLL_BACK",
      `${stage.name} has ${live === undefined ? "no live release" : `nothing earlier than ${live.version} that was not withdrawn`}.`,
    );
  rollBack(transition, promotion, "manual", reason, {}, { to, staged });
  return undefined;
}

function refuseTarget(state: AppState, stage: string, to: string): Rejection | undefined {
  const release = findRelease(state, to);
  if (isRejection(release)) return release;
  if (release.withdrawn !== undefined)
    return reject("RELEASE_WITHDRAWN", `${to} was withdrawn: ${release.withdrawn.reason}`);
  const completed = stageOf(state, stage).completed;
  if (completed.has(to)) return undefined;
  return reject(
    "ROLLBACK_TARGET_INVALID",
    `${to} never was fully rolled out in ${stage}, or was rolled back there. Good releases there: ${[...completed.keys()].join(", ") || "none"}.`,
  );
}

function openIssue(
  transition: Transition,
  { version, title, severity }: CommandOf<"OpenIssue">,
): Rejection | undefined {
  const release = findRelease(transition.state, version);
  if (isRejection(release)) return release;
  const id = `issue-${transition.state.issues.size + 1}`;
  transition.add({ type: "IssueOpened", data: { id, version, title, severity } });
  return undefined;
}

function resolveIssue(transition: Transition, { id, comment }: CommandOf<"ResolveIssue">): Rejection | undefined {
  const issue = transition.state.issues.get(id);
  if (issue === undefined)
    return reject("ISSUE_NOT_FOUND", `There is no issue "${id}".`, nearestNames(id, transition.state.issues.keys()));
  if (issue.resolved !== undefined) return reject("ISSUE_RESOLVED", `${id} was resolved by ${issue.resolved.by}.`);
  transition.add({ type: "IssueResolved", data: { id, comment } });
  return undefined;
}
