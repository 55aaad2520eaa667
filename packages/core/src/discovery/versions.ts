import { satisfies } from "semver";
import type { AppState } from "../application/state.ts";
import { compareVersions, isVersion } from "../release/version.ts";

/** How many new versions are published at one time, the newest: with the first look nobody wants the history of years. */
const mostAtOnce = 20;

/** The versions that tags stand for, by a template such as `v{version}`, in a range. What is no version of it is not meant. */
export function versionsOf(tags: Iterable<string>, template: string, range: string): Map<string, string> {
  const [before = "", after = ""] = template.split("{version}");
  const versions = new Map<string, string>();
  for (const tag of tags) {
    if (!tag.startsWith(before) || !tag.endsWith(after) || tag.length < before.length + after.length) continue;
    // Tags of images cannot have the character with which SemVer's build metadata begins.
    const named = tag.slice(before.length, tag.length - after.length);
    const version = isVersion(named) ? named : named.replace("_", "+");
    if (isVersion(version) && satisfies(version, range) && !versions.has(version)) versions.set(version, tag);
  }
  return versions;
}

/**
 * The versions that every subscription has and that are to be published, in their order: those above everything that was
 * ever published, or the newest where nothing was.
 */
export function toPublish(state: AppState, found: readonly ReadonlyMap<string, string>[]): string[] {
  const [first, ...others] = found;
  const common = [...(first?.keys() ?? [])]
    .filter((version) => others.every((one) => one.has(version)))
    .sort(compareVersions);
  const newest = [...state.releases.keys()].sort(compareVersions).at(-1);
  if (newest === undefined) return common.slice(-1);
  return common.filter((version) => compareVersions(version, newest) > 0).slice(-mostAtOnce);
}
