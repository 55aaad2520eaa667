import { makeFolder } from "./disk/durable.ts";
import { type Layout, layoutOf } from "./disk/layout.ts";
import { type LockPurpose, takeLock } from "./disk/lock.ts";
import { withReserve } from "./disk/reserve.ts";
import { UpdaterError } from "./errors.ts";
import type { Log } from "./ports/log.ts";
import { type Journal, openJournal } from "./transaction/journal.ts";

/** Lets a check be followed by an update under the same right: from then on, others are refused rather than kept waiting. */
export type Escalate = () => void;

/** The folder of one installation, and the right to change it. */
export interface Installation {
  readonly layout: Layout;
  /**
   * Does something for which nobody else may touch the installation, neither in this process nor in another. Who comes while
   * this process only checks waits; who comes during an update is refused.
   * @throws UpdaterError UPDATE_IN_PROGRESS
   */
  exclusively<T>(purpose: "check" | "update", act: (journal: Journal, escalate: Escalate) => Promise<T>): Promise<T>;
  /**
   * Takes the installation until the returned function is called; `exclusively` then needs no lock of its own.
   * @throws UpdaterError FOLDER_IN_USE, UPDATE_IN_PROGRESS
   */
  hold(): Promise<() => Promise<void>>;
}

interface Turn {
  purpose: "check" | "update";
  /** Resolves when it ends or becomes an update. */
  readonly changed: PromiseWithResolvers<void>;
}

export function openInstallation(
  folder: string,
  log: Log,
  open: typeof openJournal = openJournal,
  lock: typeof takeLock = takeLock,
): Installation {
  const layout = layoutOf(folder);
  let held: Journal | undefined;
  let turn: Turn | undefined;

  const take = async (purpose: LockPurpose): Promise<{ journal: Journal; giveBack: () => Promise<void> }> => {
    await makeFolder(folder);
    const unlock = lock(layout, purpose);
    try {
      const journal = await open(layout.journal, log);
      return {
        journal: { ...journal, append: (record) => withReserve(layout, () => journal.append(record)) },
        giveBack: async () => {
          await journal.close();
          unlock();
        },
      };
    } catch (error) {
      unlock();
      throw error;
    }
  };

  return {
    layout,
    async exclusively(purpose, act) {
      while (turn?.purpose === "check") await turn.changed.promise;
      if (turn !== undefined)
        throw new UpdaterError(
          "UPDATE_IN_PROGRESS",
          `An update of ${folder} is in progress already: wait until it has ended`,
        );
      const mine: Turn = { purpose, changed: Promise.withResolvers() };
      turn = mine;
      const escalate = () => {
        mine.purpose = "update";
        mine.changed.resolve();
      };
      try {
        if (held !== undefined) return await act(held, escalate);
        const { journal, giveBack } = await take("update");
        try {
          return await act(journal, escalate);
        } finally {
          await giveBack();
        }
      } finally {
        turn = undefined;
        mine.changed.resolve();
      }
    },
    async hold() {
      const { journal, giveBack } = await take("agent");
      held = journal;
      return async () => {
        held = undefined;
        await giveBack();
      };
    },
  };
}
