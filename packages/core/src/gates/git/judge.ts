import type { Finding } from "../../analysis/finding.ts";

/** What the server has to find out about the source of a release. */
export interface GitQuestion {
  readonly repository: string;
  /** What the release was built from, in hexadecimal; may be the beginning of it. */
  readonly commit: string;
  /** Absent: not asked for. */
  readonly tag?: string;
  readonly signed: boolean;
  /** Absent: not asked for. */
  readonly branch?: string;
}

/** What was found in a repository, of what was asked for; absent: there is none. Objects are named in hexadecimal. */
export interface GitFacts {
  readonly tag?: {
    readonly object: string;
    readonly commit: string;
    /** Whose trusted key signed it, under this very name; absent: nobody's. */
    readonly signer?: string;
  };
  readonly branch?: { readonly head: string; readonly contains: boolean };
}

/** Says whether what was found is what was asked for: all of it, or everything that is missing is named. */
export function judgeGit(question: GitQuestion, facts: GitFacts): Finding {
  const { repository, commit, tag, branch } = question;
  const missing = [...wrongOfTag(question, facts.tag), ...wrongOfBranch(question, facts.branch)];
  const evidence = {
    repository,
    commit,
    ...(tag === undefined ? {} : { tag }),
    ...(facts.tag === undefined ? {} : { tagObject: facts.tag.object, tagCommit: facts.tag.commit }),
    ...(facts.tag?.signer === undefined ? {} : { signer: facts.tag.signer }),
    ...(branch === undefined ? {} : { branch }),
    ...(facts.branch === undefined ? {} : { branchHead: facts.branch.head }),
  };
  if (missing.length > 0) return { verdict: "fail", reason: missing.join("; "), evidence };
  const signer = facts.tag?.signer === undefined ? "" : `, signed by ${facts.tag.signer}`;
  const told = [
    ...(tag === undefined ? [] : [`has tag ${tag}${signer}`]),
    ...(branch === undefined ? [] : [`is on ${branch}`]),
  ];
  return { verdict: "pass", reason: `${short(commit)} ${told.join(" and ")}`, evidence };
}

function wrongOfTag({ tag, signed, commit }: GitQuestion, found: GitFacts["tag"]): string[] {
  if (tag === undefined) return [];
  if (found === undefined) return [`tag ${tag} does not exist`];
  return [
    ...(found.commit.startsWith(commit)
      ? []
      : [`tag ${tag} points to ${short(found.commit)}, the release was built from ${short(commit)}`]),
    ...(signed && found.signer === undefined ? [`tag ${tag} is not signed by a key that this server trusts`] : []),
  ];
}

function wrongOfBranch({ branch, commit }: GitQuestion, found: GitFacts["branch"]): string[] {
  if (branch === undefined) return [];
  if (found === undefined) return [`branch ${branch} does not exist`];
  return found.contains ? [] : [`${short(commit)} is not on ${branch}`];
}

function short(commit: string): string {
  return commit.slice(0, 12);
}
