import type { Found, JournalLine } from "../found.ts";
import type { CheckKind, Life } from "../life.ts";
import { after, openTransaction } from "../transaction.ts";

/** What each line of the journal may follow. */
const follows: Readonly<Record<string, readonly string[]>> = {
  downloaded: ["begun"],
  installed: ["downloaded"],
  changing: ["installed"],
  applied: ["changing", "applied"],
  healthy: ["applied"],
  finished: ["healthy"],
  committed: ["finished"],
  "rolling-back": ["changing", "applied", "healthy"],
  restored: ["rolling-back"],
  "old-healthy": ["restored"],
  "rolled-back": ["old-healthy"],
  failed: ["begun", "downloaded", "installed", "restored", "old-healthy", "applied"],
  interrupted: ["begun", "downloaded", "installed"],
};

/** One step after the other, and each is done, and on the disk, when the journal says so. */
export const stepsInOrder: CheckKind = {
  guards:
    "a step of an update is done, and safe from the power, before the journal says so; and what it ends on passed its health check",
  create(life) {
    let told = openTransaction([]);
    return {
      begins: ({ journal }) => {
        told = openTransaction(journal);
      },
      line(line, safe) {
        const { open } = told;
        const before = open?.phase ?? "nothing";
        told = after(told, line);
        // A beginning that could not be synced counts as not written: the updater forgets it, and so may the journal.
        if (line.kind === "settled" && before === "begun") return undefined;
        if (line.kind === "settled" || line.kind === "begun")
          return open === undefined ? undefined : `${line.kind} is written while ${open.to} is ${before}`;
        if (open === undefined) return `${line.kind} is written while nothing is under way`;
        if (["changing", "restored", "resumed"].includes(line.kind)) life.well.clear();
        if (line.kind !== "resumed" && follows[line.kind]?.includes(before) !== true)
          return `${open.to} is ${line.kind} after it was ${before}`;
        return notDone(life, line, open, safe);
      },
    };
  },
};

type Open = NonNullable<ReturnType<typeof openTransaction>["open"]>;

function notDone(
  life: Life,
  { kind, kept }: JournalLine,
  { from, to, phase }: Open,
  safe: () => Found,
): string | undefined {
  const ill = (version: string | undefined) => version !== undefined && !life.well.has(version);
  switch (kind) {
    case "applied":
      return safe().current === to ? undefined : `${to} is said to be in use, and is not when the power fails`;
    case "restored":
      return safe().current === from
        ? undefined
        : `${from} is said to be in use again, and is not when the power fails`;
    case "healthy":
      return ill(to) ? `${to} is said to be healthy, and nobody found it so` : undefined;
    case "old-healthy":
      return ill(from) ? `${from} is said to be healthy again, and nobody found it so` : undefined;
    case "failed":
      if (kept === true && life.settings.takesBack) return `${to} is kept, although it failed`;
      return phase === "applied" && kept !== true ? `${to} failed, and is left in use` : undefined;
    default:
      return undefined;
  }
}
