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
  return semver.compareBuild(a, b) || (a < b ? -1 : 1);
}

export function newestFirst(a: string, b: string): number {
  return compareVersions(b, a);
}
