import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
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

/** Creates a folder with those above it, durably. */
export async function makeFolder(folder: string, mode = 0o755): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode });
  if (first === undefined) return;
  const firstMade = resolve(first);
  for (let made = resolve(folder); made.length >= firstMade.length; made = dirname(made))
    await syncFolder(dirname(made));
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
