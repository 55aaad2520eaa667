import { readFile } from "node:fs/promises";
import { type Finding, measurementError } from "@sluice/core/analysis/finding.ts";
import { type GitFacts, type GitQuestion, judgeGit } from "@sluice/core/gates/git/judge.ts";
import { sha256Hex } from "@sluice/core/log/digest.ts";
import { formatDuration } from "@sluice/core/time/duration.ts";
import { withDeadline } from "../analysis/deadline.ts";
import type { Clock } from "../clock/clock.ts";
import { isLocal, locateRepository } from "./locate-repository.ts";
import { headsOf, look } from "./look.ts";

export interface GitOptions {
  /** The folder with the repositories that pipelines may name by a path; undefined: only addresses. */
  readonly repositoriesDir?: string | undefined;
  /** Who may sign tags: a file of allowed signers, as ssh-keygen(1) describes it; undefined: nobody. */
  readonly signersFile?: string | undefined;
  /** What ssh is to know of hosts, in the form of ssh_config(5); undefined: what the server's user has. */
  readonly sshConfig?: string | undefined;
  /** How long one question may take, ms. */
  readonly timeoutMs?: number;
}

/** How many answers are remembered, the latest. */
const mostRemembered = 500;

/**
 * Answers what `git` gates ask. The history is fetched only when the tag, the branch or the signers are others than the last
 * time. Never rejects: a repository that does not answer is a finding of verdict `error`. Leaves nothing running.
 */
export function askGit(
  clock: Clock,
  { repositoriesDir, signersFile, sshConfig, timeoutMs = 120_000 }: GitOptions,
): (question: GitQuestion, signal: AbortSignal) => Promise<Finding> {
  const remembered = new Map<string, GitFacts>();
  return (question, signal) =>
    withDeadline(clock, timeoutMs, signal, async (within, ended) => {
      const { repository: name, signed } = question;
      if (signed && signersFile === undefined) return noSigners(question);
      try {
        const repository = isLocal(name) ? await locateRepository(repositoriesDir, name) : name;
        const signers = signed ? signersFile : undefined;
        const trusted = signers === undefined ? "" : sha256Hex(await readFile(signers, "utf8"));
        const lookup = { question, repository, signers, sshConfig, clock, signal: within };
        const heads = await headsOf(lookup);
        const key = JSON.stringify([question, heads, trusted]);
        const facts = remembered.get(key) ?? (await look(lookup, heads));
        remembered.delete(key);
        remembered.set(key, facts);
        for (const oldest of [...remembered.keys()].slice(0, -mostRemembered)) remembered.delete(oldest);
        return judgeGit(question, facts);
      } catch (error) {
        const why = {
          timeout: `it did not answer within ${formatDuration(timeoutMs)}`,
          stopped: "the question was stopped",
          itself: error instanceof Error ? error.message : String(error),
        }[ended() ?? "itself"];
        return measurementError(`${name} could not be asked: ${why}`, { repository: name });
      }
    });
}

function noSigners({ repository, tag }: GitQuestion): Finding {
  return {
    verdict: "fail",
    reason: `this server trusts no key, so tag ${tag} cannot be known to be signed: start it with --allowed-signers FILE`,
    evidence: { repository, ...(tag === undefined ? {} : { tag }) },
  };
}
