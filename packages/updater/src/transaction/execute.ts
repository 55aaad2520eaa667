import { asUpdaterError } from "../disk/failure.ts";
import { ServerUnreachable, UpdaterError } from "../errors.ts";
import type { Journal } from "./journal.ts";
import { isUntouched, nextStep, recordOf, type Situation, type Step } from "./plan.ts";
import type { Failure, JournalRecord, Transaction } from "./records.ts";

/** Does what a step asks for. Every effect can be repeated: a crash may come between it and its record. */
export type Perform = (step: Step, transaction: Transaction) => Promise<void>;

/** How a transaction ended. */
export interface End {
  readonly transaction: Transaction;
  readonly record: JournalRecord;
}

/**
 * Carries the open transaction through to its end, step by step as `nextStep` says.
 * @returns how it ended, or undefined when none was open
 * @throws the signal's reason when it is aborted, or the failure of a step that has no other way out. The transaction then
 *   stays open in the journal, to be gone on with by the next start.
 */
export async function execute(options: {
  readonly journal: Journal;
  readonly perform: Perform;
  readonly automaticRollback: boolean;
  readonly parts: readonly string[];
  readonly now: () => number;
  readonly resumed: boolean;
  readonly signal: AbortSignal;
}): Promise<End | undefined> {
  const { journal, perform, automaticRollback, parts, signal } = options;
  let { resumed } = options;
  let failure: Failure | undefined;
  let end: End | undefined;
  for (let open = journal.state().transaction; open !== undefined; open = journal.state().transaction) {
    // Later, an update is brought to an end also by who would rather stop: nothing may be left stopped in the middle.
    if (isUntouched(open)) signal.throwIfAborted();
    const situation: Situation = {
      resumed,
      automaticRollback,
      parts,
      nowMs: options.now(),
      ...(failure === undefined ? {} : { failure }),
    };
    const step = nextStep(open, situation);
    resumed = false;
    failure = undefined;
    const record = recordOf(step);
    try {
      await perform(step, open);
      await journal.append(record);
      end = { transaction: open, record };
    } catch (error) {
      signal.throwIfAborted();
      if (!hasWayOut(step, error)) throw error;
      const { code, message } = asUpdaterError(error, `the update to ${open.to} (${step.effect})`);
      const retryAfterMs = error instanceof ServerUnreachable ? error.retryAfterMs : undefined;
      failure = { code, reason: message, retryAfterMs };
    }
  }
  return end;
}

/** Whether `nextStep` knows what to do when this step fails. */
function hasWayOut({ effect }: Step, error: unknown): boolean {
  return (
    effect === "download" ||
    effect === "install" ||
    effect === "prepare" ||
    effect === "apply" ||
    effect === "confirm" ||
    effect === "finish" ||
    effect === "confirm-old" ||
    // A component that cannot be taken back stays as it is; a disk that fails is waited for.
    (effect === "restore" && error instanceof UpdaterError && error.code === "ROLLBACK_FAILED")
  );
}
