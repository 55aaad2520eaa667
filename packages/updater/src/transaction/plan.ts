import { unreachable } from "@sluice/core/errors/unreachable.ts";
import type { Failure, JournalRecord, Transaction } from "./records.ts";

/** What the executor does next, and the record it writes when that has succeeded. */
export type Step =
  | { readonly effect: "download"; readonly recordedAs: "downloaded" }
  | { readonly effect: "install"; readonly recordedAs: "installed" }
  /** Nothing is to be done before the record. */
  | { readonly effect: "none"; readonly recordedAs: "interrupted" }
  | ({ readonly effect: "none"; readonly recordedAs: "rolling-back" } & Failure)
  /** Lets every component refuse, and back up what it may need. */
  | { readonly effect: "prepare"; readonly recordedAs: "changing"; readonly parts: readonly string[] }
  /** Makes the new version of one component the one in use. */
  | { readonly effect: "apply"; readonly recordedAs: "applied"; readonly part: string }
  /** Checks the health of the whole; starts the program first where this process has not. */
  | { readonly effect: "confirm"; readonly recordedAs: "healthy" }
  /** What components do only once the whole is healthy. */
  | { readonly effect: "finish"; readonly recordedAs: "finished" }
  | { readonly effect: "report-success"; readonly recordedAs: "committed"; readonly at: number }
  /** Takes back what was applied, the last first. */
  | { readonly effect: "restore"; readonly recordedAs: "restored" }
  | { readonly effect: "none"; readonly recordedAs: "restored"; readonly incomplete: string }
  /** Starts the old version and checks its health. */
  | { readonly effect: "confirm-old"; readonly recordedAs: "old-healthy" }
  | { readonly effect: "report-rollback"; readonly recordedAs: "rolled-back" }
  | ({ readonly effect: "report-failure"; readonly recordedAs: "failed"; readonly kept: boolean } & Failure);

export interface Situation {
  /** Why the step that this phase asks for did not succeed, when it has just been tried. */
  readonly failure?: Failure;
  /** Whether another process wrote the last record: the updater was killed or stopped since. */
  readonly resumed: boolean;
  /** The components that are configured, in the order in which they are changed. */
  readonly parts: readonly string[];
  /** ms since the epoch */
  readonly nowMs: number;
  /** Whether an unhealthy version is replaced by the old one (`rollback.automatic`). */
  readonly automaticRollback: boolean;
}

/** So often an update goes on after the updater was killed in the midst of it; then the old version is put back. */
export const maxResumes = 3;

/**
 * What follows from the journal and nothing else. Pure. Until `stopping` nothing was changed, so an interrupted update just ends,
 * and the next check begins it anew with what is on offer then. From `changing` on it goes through to a version that is
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
      return beforeChange(failure, resumed) ?? { effect: "prepare", recordedAs: "changing", parts: situation.parts };
    case "changing": {
      const part = transaction.parts.find((name) => !transaction.applied.includes(name));
      // Without all of its components a version is not one that could be kept, healthy or not.
      if (part !== undefined) return goBack ? rollBack(goBack) : { effect: "apply", recordedAs: "applied", part };
      return goBack ? unhealthy(goBack, automaticRollback) : { effect: "confirm", recordedAs: "healthy" };
    }
    case "healthy":
      return goBack ? rollBack(goBack) : { effect: "finish", recordedAs: "finished" };
    case "finished":
      return { effect: "report-success", recordedAs: "committed", at: situation.nowMs };
    case "rolling-back":
      return failure === undefined
        ? { effect: "restore", recordedAs: "restored" }
        : { effect: "none", recordedAs: "restored", incomplete: failure.reason };
    case "restored":
      return afterRestore(transaction, failure);
    case "old-healthy":
      return transaction.incomplete === undefined
        ? { effect: "report-rollback", recordedAs: "rolled-back" }
        : {
            effect: "report-failure",
            recordedAs: "failed",
            kept: false,
            code: "ROLLBACK_FAILED",
            reason: `${transaction.from} runs again and is healthy, but not everything could be taken back: ${transaction.incomplete}`,
          };
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
    case "changing":
      return { kind: step.recordedAs, parts: [...step.parts] };
    case "applied":
      return { kind: step.recordedAs, part: step.part };
    case "committed":
      return { kind: step.recordedAs, at: step.at };
    case "restored":
      return { kind: step.recordedAs, ...("incomplete" in step ? { incomplete: step.incomplete } : {}) };
    default:
      return { kind: step.recordedAs };
  }
}
