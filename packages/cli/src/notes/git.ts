import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type Commit, parseCommit } from "@sluice/core/notes/conventional.ts";
import { compareVersions, isVersion } from "@sluice/core/release/version.ts";
import { exitCodes, Failure, usage } from "../failure.ts";

const run = promisify(execFile);

const outputBytesMax = 64 * 1024 * 1024;
const gitMs = 60_000;
const commitsMax = 10_000;

/** What a range of a repository's history holds. */
export interface Range {
  /** Commit ids; `from` is absent where the history is read from its beginning. */
  readonly from?: string;
  readonly to: string;
  /** The highest version that is tagged at or before the beginning of the range. */
  readonly lastVersion?: string;
  /** Newest first, without merges. */
  readonly commits: readonly Commit[];
}

/**
 * Reads commits of a local repository with git.
 * @param except a version whose own tag is passed over: the one that the commits are to become
 * @param from where to begin, itself excluded; undefined: the highest version that is tagged on the way to `to`
 */
export async function readRange(
  repository: string,
  from: string | undefined,
  to: string,
  signal: AbortSignal,
  except?: string,
): Promise<Range> {
  const git = gitIn(repository, signal);
  const end = await commitOf(git, "--to", to);
  const begin = from === undefined ? undefined : await commitOf(git, "--from", from);
  const last = await highestTag(git, begin ?? end, except);
  const start = begin ?? (last === undefined ? undefined : await commitOf(git, "--from", `refs/tags/${last.tag}`));
  const range = start === undefined ? end : `${start}..${end}`;
  const text = await git("log", "-z", "--no-merges", `--max-count=${commitsMax + 1}`, "--format=%H%n%B", range, "--");
  const commits = text.split("\0").flatMap((entry) => {
    const at = entry.indexOf("\n");
    return at < 0 ? [] : [parseCommit(entry.slice(0, at), entry.slice(at + 1))];
  });
  if (commits.length > commitsMax)
    throw usage(`More than ${commitsMax} commits lie in that range.`, { hint: "Begin later: --from REF" });
  return {
    ...(start === undefined ? {} : { from: start }),
    to: end,
    ...(last === undefined ? {} : { lastVersion: last.version }),
    commits,
  };
}

type Git = (...args: readonly string[]) => Promise<string>;

function gitIn(repository: string, signal: AbortSignal): Git {
  return async (...args) => {
    try {
      const { stdout } = await run("git", ["-C", repository, "-c", "log.showSignature=false", "--no-pager", ...args], {
        maxBuffer: outputBytesMax,
        timeout: gitMs,
        signal,
        env: { ...process.env, LC_ALL: "C", GIT_TERMINAL_PROMPT: "0" },
      });
      return stdout;
    } catch (cause) {
      if (signal.aborted) throw cause;
      const { code, stderr } = cause as { readonly code?: unknown; readonly stderr?: unknown };
      if (code === "ENOENT") throw new Failure(exitCodes.failed, "GIT_MISSING", "git is not installed.", { cause });
      const said = typeof stderr === "string" ? stderr.trim() : "";
      throw usage(`git could not read ${repository}: ${said === "" ? "it failed" : said}`, { cause });
    }
  };
}

/** A ref is handed to git as an argument: it may not look like an option, nor name more than one commit. */
async function commitOf(git: Git, option: string, ref: string): Promise<string> {
  if (!/^[\p{L}\p{N}_@][\p{L}\p{N}_@./+~^{}-]{0,254}$/u.test(ref) || ref.includes(".."))
    throw usage(`${option} ${ref}: must be a tag, a branch or a commit.`);
  return (await git("rev-parse", "--verify", "--end-of-options", `${ref}^{commit}`)).trim();
}

async function highestTag(
  git: Git,
  commit: string,
  except: string | undefined,
): Promise<{ tag: string; version: string } | undefined> {
  const tags = (await git("tag", "--list", "--merged", commit)).split("\n");
  return tags
    .map((tag) => ({ tag, version: tag.replace(/^v/, "") }))
    .filter(({ version }) => isVersion(version) && version !== except)
    .sort((a, b) => compareVersions(b.version, a.version))[0];
}
