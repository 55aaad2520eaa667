import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

/** Writes a whole file, or leaves what was there. */
export type WriteFile = (path: string, bytes: string | Uint8Array) => Promise<void>;

const temporaryName = /^\..+\.[0-9a-f]{16}\.tmp$/;

/** Whether a file name is one that an interrupted `writeDurably` left behind. */
export function isTemporary(name: string): boolean {
  return temporaryName.test(name);
}

/**
 * Writes a file so that readers see the old or the new one, never a part, and so that the new one is on disk when the
 * promise resolves: a temporary file beside it, synced, renamed, and the folder synced.
 * @param mode permission bits of the file, for a secret 0o600.
 */
export async function writeDurably(
  path: string,
  bytes: string | Uint8Array | AsyncIterable<Uint8Array>,
  mode = 0o644,
): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${randomBytes(8).toString("hex")}.tmp`);
  try {
    const file = await open(temporary, "wx", mode);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

/**
 * Creates a folder with those above it, durably: one after the other from the top, each on disk before anything is made below it. A folder that
 * is there already may be so since a moment before a kill, and nobody knows whether its name was synced: so it is synced again.
 */
export async function makeFolder(folder: string, mode = 0o755): Promise<void> {
  const parent = dirname(resolve(folder));
  if (await isFolder(folder)) return syncOthers(parent);
  await makeFolder(parent, mode);
  await mkdir(folder, { mode }).catch(async (error: unknown) => {
    if (!(await isFolder(folder))) throw error;
  });
  await syncFolder(parent);
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

/** A folder that may not be read, such as the one of all homes, was made by somebody else long ago. */
async function syncOthers(folder: string): Promise<void> {
  try {
    await syncFolder(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EACCES" && code !== "EPERM") throw error;
  }
}

/** A new name in a folder outlives a power failure only when the folder itself was written. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
