import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { makeDirectory, openFile, remove, rename, syncPath } from "./files.ts";

/** Replaces a file so that after a power failure either the old or the new content is there, whole. */
export async function writeDurably(path: string, content: string, mode = 0o644): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.new`);
  const file = await openFile(temporary, "w", mode);
  try {
    await file.write(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncPath(dirname(path));
}

/** Makes a folder, and its parents, durable. */
export async function makeFolder(folder: string): Promise<void> {
  const first = await makeDirectory(folder, { recursive: true });
  if (first === undefined) return;
  for (let path = folder; path.length >= first.length; path = dirname(path)) await syncPath(dirname(path));
}

export async function removeDurably(path: string): Promise<void> {
  await remove(path);
  await syncPath(dirname(path));
}

/** Syncs every file and folder below a folder, and the folder itself. */
export async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await syncTree(path);
    else await syncPath(path);
  }
  await syncPath(folder);
}
