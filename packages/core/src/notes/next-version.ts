import semver from "semver";
import { compareVersions } from "../release/version.ts";
import type { Commit } from "./conventional.ts";

export type ChangeKind = "major" | "minor" | "patch";

/** Where a project begins that has no release yet: SemVer's own advice (https://semver.org/#faq). */
const firstVersion = "0.1.0";

/** The kind of change that commits make together, or undefined when there are none. */
export function kindOf(commits: readonly Commit[]): ChangeKind | undefined {
  if (commits.length === 0) return undefined;
  if (commits.some((commit) => commit.breaking.length > 0)) return "major";
  return commits.some((commit) => commit.type === "feat") ? "minor" : "patch";
}

/**
 * The lowest version that these commits may be released under. While the major version is 0, what breaks raises the minor one.
 * @param last the version before, or undefined when there was none
 * @returns undefined when there is nothing to release
 */
export function nextVersion(last: string | undefined, commits: readonly Commit[]): string | undefined {
  const kind = kindOf(commits);
  if (kind === undefined) return undefined;
  if (last === undefined) return firstVersion;
  return semver.inc(last, kind === "major" && semver.major(last) === 0 ? "minor" : kind) ?? undefined;
}

/**
 * Whether a version says of the changes since the last one what they are. A higher one than needed fits; a prerelease is
 * measured by the version that it comes before.
 * @returns undefined when it fits, or for a person why not
 */
export function misfit(version: string, last: string | undefined, commits: readonly Commit[]): string | undefined {
  if (last !== undefined && compareVersions(version, last) <= 0) return `${version} is not above ${last}.`;
  const least = nextVersion(last, commits);
  if (last === undefined || least === undefined) return undefined;
  const core = version.replace(/[-+].*$/, "");
  if (compareVersions(core, least) >= 0) return undefined;
  return `${version} is too low for the changes since ${last}: they are ${kindOf(commits)}, so at least ${least}.`;
}
