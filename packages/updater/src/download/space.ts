import { statfs } from "node:fs/promises";
import type { Component } from "@sluice/core/release/manifest.ts";
import { UpdaterError } from "../errors.ts";

/**
 * Refuses an update for which there is certainly no room: every component is on disk twice for a while, once as it is
 * downloaded and once as it is installed. What an archive unpacks to is not known beforehand.
 * @throws UpdaterError DISK_FULL
 */
export async function demandSpace(folder: string, components: readonly Component[]): Promise<void> {
  const needed = 2 * components.reduce((sum, { size }) => sum + size, 0);
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free < needed)
    throw new UpdaterError(
      "DISK_FULL",
      `The update needs at least ${needed} bytes on the disk of ${folder}, which has ${free} free: free some space`,
    );
}
