import * as fs from "node:fs/promises";
import { join } from "node:path";

/** One change to the disk, or one request that changes be kept: what can be cut off, torn, lost or refused. */
export interface DiskOperation {
  readonly kind: "make" | "write" | "truncate" | "sync" | "rename" | "remove" | "link" | "copy" | "mode" | "database";
  /** Absolute; of a database elsewhere, its address. */
  readonly path: string;
}

/** Hears of every operation. What `before` throws, the operation fails with, undone. */
export interface DiskWatch {
  before(operation: DiskOperation): void;
  after(operation: DiskOperation): void;
}

/** A file that is open for writing. */
export interface DiskFile {
  write(content: string | Uint8Array | readonly Uint8Array[]): Promise<void>;
  truncate(bytes: number): Promise<void>;
  /** The content survives a power failure when this resolves; the file's name does when its folder was synced too. */
  sync(): Promise<void>;
  /** Renames it while it is open, in the place of what was there. */
  moveTo(path: string): Promise<void>;
  /** bytes */
  size(): Promise<number>;
  close(): Promise<void>;
}

const watches = new Set<DiskWatch>();

/**
 * Lets a fault injector hear of every change that the updater makes to the disk of this process. There is no other way to the
 * disk than the functions below: a test sees to that.
 * @returns a function that ends it
 */
export function watchDisk(watcher: DiskWatch): () => void {
  watches.add(watcher);
  return () => {
    watches.delete(watcher);
  };
}

/** Does what changes the disk, and tells who watches before and after. */
export async function onDisk<T>(kind: DiskOperation["kind"], path: string, act: () => Promise<T>): Promise<T> {
  for (const watch of watches) watch.before({ kind, path });
  const result = await act();
  for (const watch of watches) watch.after({ kind, path });
  return result;
}

/** Opens a file for writing; a new one is made. `w` empties it first, `wx` makes it, `a` writes at its end. */
export async function openFile(path: string, flags: "w" | "wx" | "a" | "a+", mode = 0o644): Promise<DiskFile> {
  const handle = await onDisk("make", path, () => fs.open(path, flags, mode));
  let name = path;
  return {
    write: (content) => onDisk("write", name, () => writeAll(handle, content)),
    truncate: (bytes) => onDisk("truncate", name, () => handle.truncate(bytes)),
    sync: () => onDisk("sync", name, () => handle.sync()),
    async moveTo(to) {
      await rename(name, to);
      name = to;
    },
    size: async () => (await handle.stat()).size,
    close: () => handle.close(),
  };
}

/** At the file's end, or after what was written before. */
async function writeAll(handle: fs.FileHandle, content: Parameters<DiskFile["write"]>[0]): Promise<void> {
  let bytes = typeof content === "string" ? Buffer.from(content) : content;
  if (!(bytes instanceof Uint8Array)) {
    const { bytesWritten } = await handle.writev(bytes);
    if (bytesWritten === bytes.reduce((sum, { length }) => sum + length, 0)) return;
    bytes = Buffer.concat(bytes).subarray(bytesWritten);
  }
  for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at)).bytesWritten;
}

/** Syncs a file's content, or the names in a folder (made, renamed, removed), so that they survive a power failure. */
export async function syncPath(path: string): Promise<void> {
  const handle = await fs.open(path, "r");
  try {
    await onDisk("sync", path, () => handle.sync());
  } finally {
    await handle.close();
  }
}

export function rename(from: string, to: string): Promise<void> {
  return onDisk("rename", to, () => fs.rename(from, to));
}

/** Makes a folder, with its parents where `recursive`. @returns the first folder made, or undefined when all were there */
export function makeDirectory(path: string, options: { recursive?: boolean; mode?: number } = {}) {
  return onDisk("make", path, () => fs.mkdir(path, options));
}

export function makeLink(target: string, path: string): Promise<void> {
  return onDisk("link", path, () => fs.symlink(target, path));
}

export function copyFile(from: string, to: string): Promise<void> {
  return onDisk("copy", to, () => fs.copyFile(from, to));
}

export function setMode(path: string, mode: number): Promise<void> {
  return onDisk("mode", path, () => fs.chmod(path, mode));
}

/** Removes a file, or a folder with all that is in it, name by name. What is not there is no failure. */
export async function remove(path: string): Promise<void> {
  const about = await fs.lstat(path).catch(missing);
  if (about === undefined) return;
  if (!about.isDirectory()) return await onDisk("remove", path, () => fs.rm(path, { force: true }));
  for (const name of await fs.readdir(path)) await remove(join(path, name));
  await onDisk("remove", path, () => fs.rmdir(path));
}

function missing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT" && error.code !== "ENOTDIR") throw error;
}
