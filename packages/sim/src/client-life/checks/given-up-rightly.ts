import type { JournalLine } from "../found.ts";
import type { CheckKind } from "../life.ts";
import { type Release, works } from "../release.ts";
import { after, openTransaction } from "../transaction.ts";

/** After so many starts in the midst of an update it is given up, whatever it is. */
const mostStarts = 3;

/** A version that works is not given up for what it is not. */
export const givenUpRightly: CheckKind = {
  guards: "a version is given up for what is wrong with it, or with the machine, and for nothing else",
  create({ server }) {
    let told = openTransaction([]);
    let starts = 0;
    const count = (line: JournalLine) => {
      if (line.kind === "begun") starts = 0;
      if (line.kind === "resumed") starts++;
    };
    return {
      begins({ journal }) {
        told = openTransaction([]);
        for (const line of journal) {
          told = after(told, line);
          count(line);
        }
      },
      line(line) {
        const { open } = told;
        told = after(told, line);
        count(line);
        const release = server.of(open?.to);
        if (release === undefined || (line.kind !== "rolling-back" && line.kind !== "failed")) return undefined;
        return isFor(release, line.code, starts)
          ? undefined
          : `${release.version}, which is ${release.kind}, is given up for ${line.code}`;
      },
    };
  },
};

function isFor(release: Release, code: string | undefined, starts: number): boolean {
  if (code === "HEALTH_CHECK_FAILED") return !works(release) || starts > mostStarts;
  if (code === "ARCHIVE_REFUSED") return ["escapes", "links", "twice"].includes(release.kind);
  return code !== "ARTIFACT_TOO_LARGE" || release.kind === "too-large";
}
