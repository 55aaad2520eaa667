import { unreachable } from "@sluice/core/errors/unreachable.ts";
import type { Failure, JournalRecord, Transaction } from "./records.ts";

/** What the executor does next, and the record it writes when that has succeeded. */
export type Step =
  | { readonly effect: "download"; readonly recordedAs: "downloaded" }
  | { readonly effect: "install"; readonly recordedAs: "installed" }
  /** Nothing is to be done before the record. */
  | { readonly effect: "none"; readonly recordedAs: "stopping" | "interrupted" }
  | ({ readonly effect: "none"; readonly recordedAs: "rolling-back" } & Failure)
  /** Stops what runs and makes the new version the current one. */
  | { readonly effect: "switch"; readonly recordedAs: "switched" }
  | { readonly effect: "start"; readonly recordedAs: "started" }
  /** Checks the new version's health; starts it first where this process has not. */
  | { readonly effect: "confirm"; readonly recordedAs: "healthy" }
  | { readonly effect: "report-success"; readonly recordedAs: "committed" }
  /** Stops what runs and makes the old version the current one again. */
  | { readonly effect: "switch-back"; readonly recordedAs: "restored" }
  /** Starts the old version and checks its health. */
  | { readonly effect: "confirm-old"; readonly recordedAs: "old-healthy" }
  | { readonly effect: "report-rollback"; readonly recordedAs: "rolled-back" }
  | ({ readonly effect: "report-failure"; readonly recordedAs: "failed"; readonly kept: boolean } & Failure);

export interface Situation {
  /** Why the step that this phase asks for did not succeed, when it has just been tried. */
  readonly failure?: Failure;
  /** Whether another process wrote the last record: the updater was killed or stopped since. */
  readonly resumed: boolean;
  /** Whether an unhealthy version is replaced by the old one (`rollback.automatic`). */
  readonly automaticRollback: boolean;
}

/** So often an update goes on after the updater was killed in the midst of it; then the old version is put back. */
export const maxResumes = 3;

/**
 * What follows from the journal and nothing else. Pure. Until `stopping` nothing was changed, so an interrupted update just ends,
 * and the next check begins it anew with what is on offer then. From `stopping` on it goes through to a version that is
 * confirmed healthy: forwards while that works, otherwise back.
 */
export function nextStep(transaction: Transaction, situation: Situation): Step {
  const { failure, resumed, automaticRollback } = situation;
  const exhausted: Failure | undefined =
    transaction.resumes > maxResumes
      ? {
          code: "HEALTH_CHECK_FAILED",
          reason: `the updater was stopped ${transaction.resumes} times before it was healthy`,
        }
      : undefined;
  const goBack = failure ?? exhausted;
  switch (transaction.phase) {
    case "begun":
      return beforeChange(failure, resumed) ?? { effect: "download", recordedAs: "downloaded" };
    case "downloaded":
      return beforeChange(failure, resumed) ?? { effect: "install", recordedAs: "installed" };
    case "installed":
      return beforeChange(failure, resumed) ?? { effect: "none", recordedAs: "stopping" };
    case "stopping":
      return goBack ? rollBack(goBack) : { effect: "switch", recordedAs: "switched" };
    case "switched":
      return goBack ? unhealthy(goBack, automaticRollback) : { effect: "start", recordedAs: "started" };
    case "started":
      return goBack ? unhealthy(goBack, automaticRollback) : { effect: "confirm", recordedAs: "healthy" };
    case "healthy":
      return { effect: "report-success", recordedAs: "committed" };
    case "rolling-back":
      return { effect: "switch-back", recordedAs: "restored" };
    case "restored":
      return afterRestore(transaction, failure);
    case "old-healthy":
      return { effect: "report-rollback", recordedAs: "rolled-back" };
    default:
      return unreachable(transaction.phase);
  }
}

/** Whether nothing of the installation has been touched yet: an update may still end as if it had not begun. */
export function isUntouched({ phase }: Transaction): boolean {
  return phase === "begun" || phase === "downloaded" || phase === "installed";
}

function beforeChange(failure: Failure | undefined, resumed: boolean): Step | undefined {
  if (failure !== undefined) return { effect: "report-failure", recordedAs: "failed", kept: false, ...failure };
  return resumed ? { effect: "none", recordedAs: "interrupted" } : undefined;
}

function rollBack(failure: Failure): Step {
  return { effect: "none", recordedAs: "rolling-back", ...failure };
}

function unhealthy(failure: Failure, automaticRollback: boolean): Step {
  return automaticRollback
    ? rollBack(failure)
    : { effect: "report-failure", recordedAs: "failed", kept: true, ...failure };
}

function afterRestore(transaction: Transaction, failure: Failure | undefined): Step {
  if (failure !== undefined)
    return {
      effect: "report-failure",
      recordedAs: "failed",
      kept: false,
      code: "ROLLBACK_FAILED",
      reason: `went back to ${transaction.from ?? "nothing"}, which is not healthy either: ${failure.reason}`,
    };
  if (transaction.from === undefined)
    return {
      effect: "report-failure",
      recordedAs: "failed",
      kept: false,
      ...(transaction.failure ?? { code: "HEALTH_CHECK_FAILED", reason: "unknown" }),
    };
  return { effect: "confirm-old", recordedAs: "old-healthy" };
}

/** The record that ends a step. */
export function recordOf(step: Step): JournalRecord {
  switch (step.recordedAs) {
    case "rolling-back":
      return { kind: step.recordedAs, code: step.code, reason: step.reason };
    case "failed":
      return { kind: step.recordedAs, code: step.code, reason: step.reason, ...(step.kept ? { kept: true } : {}) };
    default:
      return { kind: step.recordedAs };
  }
}
