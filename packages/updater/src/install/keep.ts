import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { compareVersions } from "@sluice/core/release/version.ts";
import { removeDurably } from "../disk/durable.ts";
import { remove } from "../disk/files.ts";
import type { Layout } from "../disk/layout.ts";
import { discardVersion, installedVersions } from "./install.ts";
import { installedAt } from "./receipt.ts";

/**
 * Deletes the versions installed longest ago until `keep` are left, of which the current and the previous one always are two.
 * @returns the versions deleted
 */
export async function prune(
  layout: Layout,
  options: { readonly keep: number; readonly current?: string | undefined; readonly previous?: string | undefined },
): Promise<string[]> {
  const aged = await Promise.all(
    (await installedVersions(layout)).map(async (version) => ({
      version,
      installedMs: await installedAt(layout, version),
    })),
  );
  const kept = aged.filter(({ version }) => version === options.current || version === options.previous);
  const surplus = aged
    .filter((candidate) => !kept.includes(candidate))
    .sort((a, b) => b.installedMs - a.installedMs || compareVersions(b.version, a.version))
    .slice(Math.max(0, options.keep - kept.length))
    .map(({ version }) => version);
  for (const version of surplus) await discardVersion(layout, version);
  return surplus;
}

/**
 * Throws away what unfinished installations left behind, and all backups but the last: a person may want that one. Downloads stay, to be
 * resumed. Only while no update is under way.
 */
export async function clearWorkFolders(layout: Layout): Promise<void> {
  await removeDurably(layout.staging);
  // Their names begin with the time in base 36.
  const backups = (await readdir(layout.backups).catch((): string[] => [])).sort();
  for (const name of backups.slice(0, -1)) await remove(join(layout.backups, name));
}
