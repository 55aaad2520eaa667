import { type End, execute, type Perform } from "./execute.ts";
import type { Journal } from "./journal.ts";

/**
 * Goes on with a transaction that an earlier process left open, from what the journal and the disk say and nothing else.
 * @returns how it ended, or undefined when none was open
 * @throws as `execute`
 */
export async function recover(options: {
  readonly journal: Journal;
  readonly perform: Perform;
  readonly automaticRollback: boolean;
  readonly parts: readonly string[];
  readonly now: () => number;
  readonly signal: AbortSignal;
}): Promise<End | undefined> {
  if (options.journal.state().transaction === undefined) return undefined;
  await options.journal.append({ kind: "resumed" });
  return await execute({ ...options, resumed: true });
}
