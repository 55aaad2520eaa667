import { lstat } from "node:fs/promises";
import { join } from "node:path";
import type { Component } from "@sluice/core/release/manifest.ts";
import { makeFolder } from "../disk/durable.ts";
import { isDiskFull, systemCode } from "../disk/failure.ts";
import { copyFile, remove, rename, setMode, syncPath } from "../disk/files.ts";
import type { Layout } from "../disk/layout.ts";
import { versionFolder } from "../install/current.ts";
import { installedVersions } from "../install/install.ts";
import { readReceipt } from "../install/receipt.ts";
import { fileDigest } from "../install/tree.ts";
import { readEntries } from "../integrity/entries.ts";
import { downloadedPath } from "./download.ts";

/** Where installed versions have files, by their SHA-256 when they were installed. */
export type InstalledFiles = ReadonlyMap<string, readonly { readonly version: string; readonly path: string }[]>;

/** What the versions that are kept here were installed with. A version that was changed so that this cannot be read has nothing. */
export async function installedFiles(layout: Layout): Promise<InstalledFiles> {
  const found = new Map<string, { version: string; path: string }[]>();
  for (const version of await installedVersions(layout)) {
    const receipt = await readReceipt(layout, version);
    const entries = receipt === undefined ? undefined : await readEntries(layout, version, receipt);
    for (const entry of entries ?? [])
      if (entry.is === "file") {
        const path = join(versionFolder(layout, version), entry.path);
        found.set(entry.digest, [...(found.get(entry.digest) ?? []), { version, path }]);
      }
  }
  return found;
}

/**
 * Puts a component that an installed version has where a download would: copied, so that whatever changes the one leaves the other,
 * with the signed size and digest, and synced. A file that was changed by hand since is passed over. A folder comes as an
 * archive, which is not kept.
 * @returns the version that has it; undefined: it is to be downloaded
 * @throws failed system calls of a full disk, and the signal's reason
 */
export async function takeInstalled(
  { kind, sha256, size }: Component,
  {
    layout,
    installed,
    signal,
  }: { readonly layout: Layout; readonly installed: InstalledFiles; readonly signal: AbortSignal },
): Promise<string | undefined> {
  if (kind !== "file") return undefined;
  const whole = downloadedPath(layout, sha256);
  const copy = `${whole}.copy`;
  for (const { version, path } of installed.get(sha256) ?? []) {
    signal.throwIfAborted();
    try {
      const about = await lstat(path);
      if (!about.isFile() || about.size !== size) continue;
      await makeFolder(layout.downloads);
      await copyFile(path, copy);
      await setMode(copy, 0o644);
      if ((await fileDigest(copy, signal)) !== sha256) {
        await remove(copy);
        continue;
      }
      await syncPath(copy);
      await rename(copy, whole);
      await syncPath(layout.downloads);
      return version;
    } catch (error) {
      // Whatever is wrong with what is here, the server has it as well.
      if (systemCode(error) === undefined || isDiskFull(error)) throw error;
    }
  }
  return undefined;
}
