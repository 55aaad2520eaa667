import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GitFacts, GitQuestion } from "@sluice/core/gates/git/judge.ts";
import type { Clock } from "../clock/clock.ts";
import { type GitProgram, gitIn, reaching } from "./git-program.ts";
import { isLocal } from "./locate-repository.ts";

/** The objects that names of a repository stand for; absent: there is no such name. */
export interface Heads {
  readonly tag?: string;
  readonly branch?: string;
}

export interface Lookup {
  readonly question: GitQuestion;
  /** What git is given: an address, or an absolute path. */
  readonly repository: string;
  /** Who may sign, as ssh-keygen(1) reads it: `allowed_signers`. */
  readonly signers: string | undefined;
  /** What ssh is to know of hosts; undefined: what the server's user has. */
  readonly sshConfig?: string | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Asks which objects the tag and the branch are now: little to transfer, however large the repository is. */
export async function headsOf({ question, repository, sshConfig, clock, signal }: Lookup): Promise<Heads> {
  const { tag, branch } = question;
  const names = { tag: `refs/tags/${tag}`, branch: `refs/heads/${branch}` };
  const asked = [...(tag === undefined ? [] : [names.tag]), ...(branch === undefined ? [] : [names.branch])];
  // Not in a folder in which others may have put a repository, with settings of their own.
  const { output } = await gitIn("/", clock, signal, reaching(sshConfig))(["ls-remote", "--", repository, ...asked]);
  const found = new Map([...output.matchAll(/^([0-9a-f]{40,64})\t(\S+)$/gm)].map(([, object, name]) => [name, object]));
  const [tagObject, head] = [found.get(names.tag), found.get(names.branch)];
  return {
    ...(tag === undefined || tagObject === undefined ? {} : { tag: tagObject }),
    ...(branch === undefined || head === undefined ? {} : { branch: head }),
  };
}

/**
 * Fetches the history of the tag and the branch, without files where the other side can do that, into a folder that is removed
 * afterwards, and looks at it. Rejects when that did not work, or when a name moved in between.
 */
export async function look(lookup: Lookup, heads: Heads): Promise<GitFacts> {
  const { repository, question, sshConfig, clock, signal } = lookup;
  if (heads.tag === undefined && heads.branch === undefined) return {};
  const folder = await mkdtemp(join(tmpdir(), "sluice-git-"));
  try {
    const git = gitIn(folder, clock, signal, reaching(sshConfig));
    await git(["init", "--quiet", "--bare", "--template=", "."]);
    await copyFile(join(folder, "config"), join(folder, "config.made"));
    const names = [
      ...(heads.tag === undefined ? [] : [`+refs/tags/${question.tag}:${own.tag}`]),
      ...(heads.branch === undefined ? [] : [`+refs/heads/${question.branch}:${own.branch}`]),
    ];
    const light = isLocal(question.repository) ? [] : ["--filter=tree:0"];
    await git(["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", ...light, "--", repository, ...names]);
    // From here on what is not there is not asked for: a commit that no name leads to is on no branch.
    await copyFile(join(folder, "config.made"), join(folder, "config"));
    const tag = heads.tag === undefined ? undefined : await tagFacts(git, lookup, heads.tag);
    if (heads.branch === undefined) return tag === undefined ? {} : { tag };
    const branch = { head: heads.branch, contains: await isOnBranch(git, question.commit, heads.branch) };
    return { ...(tag === undefined ? {} : { tag }), branch };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Names that nothing which a repository or a release says can be taken for. */
const own = { tag: "refs/sluice/tag", branch: "refs/sluice/branch" };

async function tagFacts(git: GitProgram, { question, signers }: Lookup, object: string) {
  const commit = await commitOf(git, object);
  if (commit === undefined) throw new Error(`tag ${question.tag} points to no commit`);
  const signer = question.signed && signers !== undefined ? await signerOf(git, question, object, signers) : undefined;
  return { object, commit, ...(signer === undefined ? {} : { signer }) };
}

/** Whose key signed the tag under the name that was asked for: the signature of another tag says nothing of this one. */
async function signerOf(git: GitProgram, { tag }: GitQuestion, object: string, signers: string) {
  const { output: named } = await git(["for-each-ref", "--format=%(objectname) %(tag)", own.tag]);
  if (named.trim() !== `${object} ${tag}`) return undefined;
  const { exitCode, output } = await git(["-c", `gpg.ssh.allowedSignersFile=${signers}`, "verify-tag", object], [0, 1]);
  return exitCode === 0 ? /^Good "git" signature for (\S+) with /m.exec(output)?.[1] : undefined;
}

async function isOnBranch(git: GitProgram, commit: string, head: string): Promise<boolean> {
  const whole = await commitOf(git, commit);
  if (whole === undefined) return false;
  return (await git(["merge-base", "--is-ancestor", whole, head], [0, 1])).exitCode === 0;
}

/** The whole name of the commit that an object is or a tag leads to; undefined when there is none, or more than one. */
async function commitOf(git: GitProgram, object: string): Promise<string | undefined> {
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${object}^{commit}`];
  const { exitCode, output } = await git(args, [0, 1, 128]);
  return exitCode === 0 ? /^[0-9a-f]{40,64}$/m.exec(output)?.[0] : undefined;
}
