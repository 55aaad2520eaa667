import type { JournalLine } from "./found.ts";

/** What a journal says is installed and under way: read anew, and not by who wrote it. */
interface Told {
  readonly installed: string | undefined;
  readonly open?: {
    readonly id: string;
    readonly from: string | undefined;
    readonly to: string;
    readonly phase: string;
    /** Whether anything in use may have been changed already. */
    readonly isChanging: boolean;
    /** Whether it is of a signed release, and not a way back that a person asked for. */
    readonly isOrdered: boolean;
    readonly isRollback: boolean;
  };
}

const changing = new Set(["changing", "applied", "healthy", "finished", "rolling-back", "restored", "old-healthy"]);

export function openTransaction(lines: readonly JournalLine[]): Told {
  let told: Told = { installed: undefined };
  for (const line of lines) told = after(told, line);
  return told;
}

/** What a journal says with one line more. */
export function after(told: Told, line: JournalLine): Told {
  const { installed, open } = told;
  if (line.kind === "settled") return { installed: line.version };
  if (line.kind === "begun")
    return {
      installed,
      open: {
        id: line.id ?? "",
        from: line.from,
        to: line.to ?? "",
        phase: "begun",
        isChanging: false,
        isOrdered: line.manifest !== undefined,
        isRollback: line.cause === "rollback",
      },
    };
  if (open === undefined || line.kind === "resumed") return told;
  if (line.kind === "committed") return { installed: open.to };
  if (line.kind === "failed") return { installed: line.kept === true ? open.to : installed };
  if (line.kind === "rolled-back" || line.kind === "interrupted") return { installed };
  return { installed, open: { ...open, phase: line.kind, isChanging: changing.has(line.kind) } };
}
