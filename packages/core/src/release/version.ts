import semver from "semver";

/** Longest version accepted, in characters. */
const maxVersionLength = 100;

/** Whether a text is a version by SemVer 2.0.0, written exactly (no `v`, no spaces): `2.5.0-nightly.20240315`. */
export function isVersion(text: string): boolean {
  return (
    text.length <= maxVersionLength &&
    semver.valid(text) !== null &&
    semver.parse(text)?.raw === text &&
    !/^[v=\s]/.test(text)
  );
}

/** Order by SemVer 2.0.0 clause 11; versions that differ only in build metadata are ordered by that, so that the order is total. */
export function compareVersions(a: string, b: string): number {
  return semver.compareBuild(a, b);
}

export function newestFirst(a: string, b: string): number {
  return compareVersions(b, a);
}
