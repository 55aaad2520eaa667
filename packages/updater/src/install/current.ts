import { readlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isVersion } from "@sluice/core/release/version.ts";
import { systemCode } from "../disk/failure.ts";
import { makeLink, remove, rename, syncPath } from "../disk/files.ts";
import type { Layout } from "../disk/layout.ts";

/**
 * The version that the link `current` names: undefined when there is none, `"unusable"` when it is something that the updater
 * did not make. Says nothing of whether that version's folder is there.
 */
export async function currentVersion(layout: Layout): Promise<string | undefined | "unusable"> {
  try {
    const target = await readlink(layout.current);
    return dirname(target) === basename(layout.versions) && isVersion(basename(target)) ? basename(target) : "unusable";
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT") return undefined;
    if (code === "EINVAL") return "unusable";
    throw error;
  }
}

/** Makes a version the current one, by one rename: at every instant `current` names the old or the new version. */
export async function switchTo(layout: Layout, version: string): Promise<void> {
  const temporary = join(layout.folder, ".current.new");
  await remove(temporary);
  await makeLink(join(basename(layout.versions), version), temporary);
  await rename(temporary, layout.current);
  await syncPath(layout.folder);
}

/** Makes no version the current one. */
export async function switchOff(layout: Layout): Promise<void> {
  await remove(layout.current);
  await syncPath(layout.folder);
}

/**
 * Moves what stands where the link belongs out of the way, and keeps it.
 * @param now ms since the epoch, for its new name
 */
export async function setAside(layout: Layout, now: number): Promise<string> {
  const aside = `${layout.current}.found-${now}`;
  await rename(layout.current, aside);
  return aside;
}

/** Absolute path of an installed version's folder. */
export function versionFolder(layout: Layout, version: string): string {
  return join(layout.versions, version);
}
