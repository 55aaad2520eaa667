import type { Commit } from "./conventional.ts";

/** One line of release notes. */
export interface Note {
  readonly text: string;
  readonly scope?: string;
  readonly sha: string;
}

/** What a release changes, in groups. A breaking change stands in its own group and in that of its type. */
export interface ReleaseNotes {
  readonly breaking: readonly Note[];
  readonly features: readonly Note[];
  readonly fixes: readonly Note[];
  readonly infrastructure: readonly Note[];
  readonly other: readonly Note[];
  /** From footers `Upgrade: …`. */
  readonly upgrade: readonly Note[];
}

const infrastructureTypes: ReadonlySet<string> = new Set(["infra", "build", "ci"]);
const upgradeToken = /^upgrade(?:-(?:notes?|instructions?))?$/i;

export function releaseNotes(commits: readonly Commit[]): ReleaseNotes {
  const groupOf = ({ type, scope }: Commit): keyof ReleaseNotes => {
    if (type === "feat") return "features";
    if (type === "fix") return "fixes";
    return scope === "infra" || infrastructureTypes.has(type ?? "") ? "infrastructure" : "other";
  };
  const note = ({ sha, scope }: Commit, text: string): Note => ({
    text,
    ...(scope === undefined ? {} : { scope }),
    sha,
  });
  const group = (name: keyof ReleaseNotes) =>
    commits.filter((commit) => groupOf(commit) === name).map((commit) => note(commit, commit.description));
  return {
    breaking: commits.flatMap((commit) => commit.breaking.map((text) => note(commit, text))),
    features: group("features"),
    fixes: group("fixes"),
    infrastructure: group("infrastructure"),
    other: group("other"),
    upgrade: commits.flatMap((commit) =>
      commit.footers.filter(({ token }) => upgradeToken.test(token)).map(({ value }) => note(commit, value)),
    ),
  };
}

const titles: readonly (readonly [keyof ReleaseNotes, string])[] = [
  ["breaking", "Breaking changes"],
  ["upgrade", "Upgrade instructions"],
  ["features", "Features"],
  ["fixes", "Fixes"],
  ["infrastructure", "Infrastructure changes"],
  ["other", "Other"],
];

/** Release notes as Markdown, without empty groups. */
export function notesMarkdown(notes: ReleaseNotes): string {
  const sections = titles.flatMap(([name, title]) =>
    notes[name].length === 0 ? [] : [`### ${title}\n\n${notes[name].map(line).join("\n")}\n`],
  );
  return sections.join("\n");
}

function line({ text, scope, sha }: Note): string {
  const indented = text.replace(/[^\P{Cc}\n]/gu, " ").replaceAll("\n", "\n  ");
  return `- ${scope === undefined ? "" : `**${scope}**: `}${indented} (${sha.slice(0, 7)})`;
}
