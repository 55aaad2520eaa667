import { resolve } from "node:path";
import { kindOf, misfit, nextVersion } from "@sluice/core/notes/next-version.ts";
import { notesMarkdown, releaseNotes } from "@sluice/core/notes/release-notes.ts";
import { isVersion } from "@sluice/core/release/version.ts";
import type { Command } from "commander";
import { exitCodes, Failure, usage } from "../failure.ts";
import { readRange } from "../notes/git.ts";
import type { OpenSession } from "../session.ts";

interface NotesOptions {
  readonly from?: string;
  readonly to: string;
  readonly repository: string;
  readonly check?: string;
}

export function addNotes(program: Command, open: OpenSession): void {
  program
    .command("notes")
    .description("the next version and its release notes, from the conventional commits of a git repository")
    .option("--from <ref>", "begin after this; otherwise after the highest version that is tagged")
    .option("--to <ref>", "end with this", "HEAD")
    .option("--repository <dir>", "a local git repository", ".")
    .option("--check <version>", "fail unless this version is high enough for the changes")
    .action(async ({ from, to, repository, check }: NotesOptions, command: Command) => {
      const session = open(command);
      if (check !== undefined && !isVersion(check))
        throw usage(`--check ${check}: must be a version by SemVer 2.0.0, without a leading v.`);
      const range = await readRange(resolve(session.io.cwd, repository), from, to, session.io.signal);
      const { commits, lastVersion } = range;
      const wrong = check === undefined ? undefined : misfit(check, lastVersion, commits);
      if (wrong !== undefined) throw new Failure(exitCodes.failed, "VERSION_TOO_LOW", wrong);
      const proposed = nextVersion(lastVersion, commits);
      const groups = releaseNotes(commits);
      const notes = notesMarkdown(groups);
      const answer = {
        from: range.from ?? null,
        to: range.to,
        last: lastVersion ?? null,
        proposed: proposed ?? null,
        kind: kindOf(commits) ?? null,
        groups,
        notes,
      };
      // The version stands on standard error, so that standard output is the file that `publish --notes` takes.
      session.note(
        proposed === undefined
          ? `Nothing changed since ${lastVersion ?? "the beginning"}.`
          : `Next version: ${proposed} (${lastVersion === undefined ? "the first" : `${kindOf(commits)} after ${lastVersion}`})`,
      );
      session.print(answer, () => notes);
    });
}
