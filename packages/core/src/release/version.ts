import semver from "semver";

/** Longest version accepted, in characters. */
const maxVersionLength = 100;

/** Whether a text is a version by SemVer 2.0.0, written exactly (no `v`, no spaces): `2.5.0-nightly.20240315`. */
export function isVersion(text: string): boolean {
  // node-semver forgives a leading v or = and white space around; a version that stands in a path may have neither.
  return text.length <= maxVersionLength && /^\d\S*$/.test(text) && semver.valid(text) !== null;
}

/**
 * Order by SemVer 2.0.0 clause 11; versions that it holds equal are ordered by their build metadata, and what that holds
 * equal too (`+1`, `+01`) by its text. So the order is total: only a version itself compares as 0.
 */
export function compareVersions(a: string, b: string): number {
  if (a === b) return 0;
  return parsed(a).compare(parsed(b)) || parsed(a).compareBuild(parsed(b)) || (a < b ? -1 : 1);
}

/** Versions that were compared before: the same few are sorted with every decision. */
const known = new Map<string, semver.SemVer>();
const mostKnown = 10_000;

/** @throws TypeError for what is no version */
function parsed(version: string): semver.SemVer {
  const before = known.get(version);
  if (before !== undefined) return before;
  const fresh = new semver.SemVer(version);
  if (known.size >= mostKnown) known.clear();
  known.set(version, fresh);
  return fresh;
}

export function newestFirst(a: string, b: string): number {
  return compareVersions(b, a);
}
