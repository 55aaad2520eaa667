import type { Found } from "../found.ts";
import type { CheckKind } from "../life.ts";
import { openTransaction } from "../transaction.ts";

/** What is in use follows from the journal, at every instant: it is changed only by a transaction that is on the disk already. */
export const journalFirst: CheckKind = {
  guards: "power can fail at any instant: what is in use is what the journal says, or what it says is being changed",
  create: () => ({ instant: unforeseen }),
};

function unforeseen({ current, journal }: Found): string | undefined {
  const { open, installed } = openTransaction(journal);
  if (current === installed) return undefined;
  if (open?.isChanging === true && (current === open.to || current === open.from)) return undefined;
  return `${current} is in use, and the journal says ${installed ?? "nothing"}${open === undefined ? "" : ` and that ${open.to} is ${open.phase}`}`;
}
