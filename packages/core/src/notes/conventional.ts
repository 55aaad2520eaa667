/** A commit message by Conventional Commits 1.0.0, or what there is of one. */
export interface Commit {
  readonly sha: string;
  /** Lower-case; absent: the message does not follow the convention. */
  readonly type?: string;
  readonly scope?: string;
  /** Without the type; the whole first line where there is none. */
  readonly description: string;
  /** What breaks, one text for each; not empty: a breaking change. */
  readonly breaking: readonly string[];
  readonly footers: readonly Footer[];
}

export interface Footer {
  readonly token: string;
  readonly value: string;
}

const headerPattern = /^([A-Za-z][\w-]*)(?:\(([^()\r\n]+)\))?(!)?: +(\S.*)$/;
const footerPattern = /^(BREAKING CHANGE|[A-Za-z][A-Za-z0-9-]*)(?:: | #)(.*)$/;
const breakingToken = /^BREAKING[ -]CHANGE$/;

/**
 * Reads a commit message by https://www.conventionalcommits.org/en/v1.0.0/. Any message is read: one that does not follow the
 * convention has no type.
 */
export function parseCommit(sha: string, message: string): Commit {
  const [first = "", ...rest] = message.replaceAll("\r\n", "\n").trim().split("\n");
  const footers = footersOf(rest);
  const stated = footers.filter(({ token }) => breakingToken.test(token)).map(({ value }) => value);
  const [, type, scope, mark, description = ""] = headerPattern.exec(first.trimEnd()) ?? [];
  if (type === undefined) return { sha, description: first.trim(), breaking: stated, footers };
  return {
    sha,
    type: type.toLowerCase(),
    ...(scope === undefined ? {} : { scope }),
    description,
    breaking: stated.length === 0 && mark !== undefined ? [description] : stated,
    footers,
  };
}

/** The footers begin with a paragraph that starts with a token, and after which every other does; what breaks is always one. */
function footersOf(lines: readonly string[]): Footer[] {
  const starts = lines.flatMap((line, i) => (line !== "" && (i === 0 || lines[i - 1] === "") ? [i] : []));
  const begin = starts.find((start) => {
    const token = footerPattern.exec(lines[start] ?? "")?.[1];
    if (token === undefined) return false;
    return (
      breakingToken.test(token) || starts.every((other) => other < start || footerPattern.test(lines[other] ?? ""))
    );
  });
  const footers: { token: string; value: string }[] = [];
  if (begin === undefined) return footers;
  for (const line of lines.slice(begin)) {
    const [, token, value] = footerPattern.exec(line) ?? [];
    const last = footers.at(-1);
    if (token !== undefined && value !== undefined) footers.push({ token, value });
    else if (last !== undefined) last.value += `\n${line}`;
  }
  return footers.map(({ token, value }) => ({ token, value: value.trim() }));
}
