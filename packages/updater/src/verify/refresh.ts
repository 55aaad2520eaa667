import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Updater } from "tuf-js";
import { writeDurably } from "../disk/durable.ts";
import { asUpdaterError } from "../disk/failure.ts";
import { copyFile, makeDirectory, remove } from "../disk/files.ts";
import { MetadataFetcher } from "./metadata-fetcher.ts";
import { refusal } from "./refusal.ts";

/** What tuf-js keeps: the newest of each role that it has verified. */
const keptNames = ["root.json", "timestamp.json", "snapshot.json", "targets.json"];

/**
 * Brings an application's metadata up to date by the client workflow of TUF 1.0 (clause 5).
 *
 * tuf-js works on a copy of the folder, because it overwrites files in place: cut off at the wrong moment, it would leave none of
 * the old ones, and with them the protection from being rolled back would be lost. What it has verified, also before it failed,
 * replaces the old file by file; each is newer than the one before.
 * @param options.folder where verified metadata is kept; one process at a time
 * @returns an Updater that answers which targets are signed
 * @throws UpdaterError UNTRUSTED, SERVER_UNREACHABLE, DISK_FULL or STATE_UNUSABLE
 */
export async function refresh(options: {
  readonly baseUrl: string;
  readonly folder: string;
  readonly timeoutMs: number;
}): Promise<Updater> {
  const { baseUrl, folder, timeoutMs } = options;
  const copy = join(folder, ".refresh");
  const fetcher = new MetadataFetcher(timeoutMs);
  try {
    await remove(copy);
    await makeDirectory(copy);
    for (const name of await readdir(folder))
      if (keptNames.includes(name)) await copyFile(join(folder, name), join(copy, name));
    const updater = new Updater({ metadataDir: copy, metadataBaseUrl: `${baseUrl}/metadata`, fetcher });
    try {
      await updater.refresh();
    } catch (error) {
      throw refusal(baseUrl, fetcher.failure, error);
    } finally {
      await keepVerified(copy, folder);
    }
    return updater;
  } catch (error) {
    throw asUpdaterError(error, `refreshing ${folder}`);
  } finally {
    await remove(copy);
  }
}

async function keepVerified(copy: string, folder: string): Promise<void> {
  const names = await readdir(copy);
  for (const name of keptNames.filter((kept) => names.includes(kept))) {
    const verified = await readFile(join(copy, name), "utf8");
    const known = await readFile(join(folder, name), "utf8").catch(() => undefined);
    if (verified !== known) await writeDurably(join(folder, name), verified);
  }
}
