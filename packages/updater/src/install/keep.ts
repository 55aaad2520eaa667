import { compareVersions } from "@sluice/core/release/version.ts";
import { removeDurably } from "../disk/durable.ts";
import type { Layout } from "../disk/layout.ts";
import { discardVersion, installedAt, installedVersions } from "./install.ts";

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

/** Throws away what unfinished installations left behind. Downloads stay, to be resumed. Only while no update is under way. */
export async function clearWorkFolders(layout: Layout): Promise<void> {
  await removeDurably(layout.staging);
}
