import { recordAlert } from "../alerts/record-alert.ts";
import { takeMeasurement } from "../analysis/take.ts";
import type { Rejection } from "../errors/rejection.ts";
import { unreachable } from "../errors/unreachable.ts";
import { createHook, recordForgeChange, removeHook } from "../forge/record.ts";
import { factsToAdopt } from "../rules/adopt.ts";
import { applyPipeline } from "./apply-pipeline.ts";
import { approvePromotion, rejectPromotion } from "./approve.ts";
import { reportCheck } from "./checks.ts";
import type { ApplicationCommand, CommandMeta } from "./commands.ts";
import type { ApplicationFact } from "./events.ts";
import { freezeApplication, freezeStage, thawApplication, thawStage } from "./freeze.ts";
import { resumeAutoPromotion } from "./hold.ts";
import { openIssue, resolveIssue } from "./issues.ts";
import { recordProbe } from "./probes.ts";
import { requestPromotion } from "./promote.ts";
import { publishRelease } from "./publish.ts";
import { recordDiscoveryProblem } from "./record-discovery-problem.ts";
import { recordDrift } from "./record-drift.ts";
import { recordPlan } from "./record-plan.ts";
import { recordTarget, recordTargetDeferral, recordTargetFailure } from "./record-target.ts";
import { recordTold } from "./record-told.ts";
import { rollBackStage } from "./roll-back-stage.ts";
import { approveRollback, rejectRollback } from "./rollback-request/answer.ts";
import { requestRollback } from "./rollback-request/ask.ts";
import { settle } from "./settle.ts";
import type { AppState } from "./state.ts";
import { abortPromotion, haltRollout, pausePromotion, recallRollout, resumePromotion } from "./steer.ts";
import { Transition } from "./transition.ts";
import { withdrawArtifact, withdrawRelease } from "./withdraw.ts";

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
    case "RequestRollback":
      return requestRollback(transition, command);
    case "ApproveRollback":
      return approveRollback(transition, command);
    case "RejectRollback":
      return rejectRollback(transition, command);
    case "FreezeStage":
      return freezeStage(transition, command);
    case "ThawStage":
      return thawStage(transition, command);
    case "FreezeApplication":
      return freezeApplication(transition, command);
    case "ThawApplication":
      thawApplication(transition);
      return undefined;
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
    case "RecordDiscoveryProblem":
      return recordDiscoveryProblem(transition, command);
    case "RecordTargetDeferral":
      return recordTargetDeferral(transition, command);
    case "RecordDrift":
      return recordDrift(transition, command);
    case "RecordTold":
      return recordTold(transition, command);
    case "RecordTargetFailure":
      return recordTargetFailure(transition, command);
    default:
      return unreachable(command);
  }
}
