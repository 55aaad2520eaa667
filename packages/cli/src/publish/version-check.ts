import { resolve } from "node:path";
import { misfit } from "@sluice/core/notes/next-version.ts";
import { exitCodes, Failure } from "../failure.ts";
import { readRange } from "../notes/git.ts";
import type { Session } from "../session.ts";

interface VersionCheck {
  readonly version: string;
  /** What it was built from; absent: what is checked out. */
  readonly commit?: string;
  /** Refuse what does not fit, and what cannot be looked at; otherwise say so and go on. */
  readonly strict: boolean;
}

/**
 * Holds a version to the conventional commits since the last one that is tagged, in the git repository of the working folder: what
 * breaks is no patch. Without `strict` nothing is said where there is no such repository or commit.
 */
export async function checkVersion(session: Session, { version, commit, strict }: VersionCheck): Promise<void> {
  const { cwd, signal } = session.io;
  const range = await readRange(resolve(cwd), undefined, commit ?? "HEAD", signal, version).catch((error: unknown) => {
    if (strict || signal.aborted || !(error instanceof Failure)) throw error;
  });
  const wrong = range && misfit(version, range.lastVersion, range.commits);
  if (wrong === undefined) return;
  if (strict) throw new Failure(exitCodes.failed, "VERSION_TOO_LOW", `${wrong} Nothing was published.`);
  session.note(`Warning: ${wrong} It is published all the same; --check-version refuses that.`);
}
