import { readdir, readFile, realpath, rm, stat } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { isTemporary, makeFolder, writeDurably } from "../../feeds/durable-file.ts";
import { TargetFailure } from "../failure.ts";
import { type Place, readBytesMax } from "./place.ts";

/**
 * A folder that a web server serves. Files appear whole, by a rename, and are on disk before the next is written.
 * @param root the folder that the server's operator gives for static feeds
 * @param below a path inside of it, made where it is not there; it may not lead out of it, also not by a link
 */
export async function openFolder(root: string, below: string): Promise<Place> {
  const folder = await inside(root, below);
  const attempt = async <T>(signal: AbortSignal, path: string, work: (path: string) => Promise<T>): Promise<T> => {
    if (signal.aborted) throw new TargetFailure(`publishing to ${folder} was stopped`, { retryable: true });
    try {
      return await work(join(folder, path));
    } catch (error) {
      throw new TargetFailure(`${join(folder, path)}: ${(error as Error).message}`, { retryable: true, cause: error });
    }
  };
  const write = async (path: string, bytes: Parameters<typeof writeDurably>[1]) => {
    await makeFolder(dirname(path));
    await writeDurably(path, bytes);
  };
  return {
    name: folder,
    read: (path, signal) =>
      attempt(signal, path, async (file) => {
        if (((await sizeOf(file)) ?? 0) > readBytesMax) throw new Error(`is larger than ${readBytesMax} bytes`);
        return orNothing(readFile(file));
      }),
    size: (path, signal) => attempt(signal, path, sizeOf),
    write: (path, content, signal) =>
      attempt(signal, path, async (file) =>
        write(file, content instanceof Uint8Array ? content : await content.open()),
      ),
    replace: (path, bytes, _seen, signal) => attempt(signal, path, (file) => write(file, bytes)),
    list: (below, signal) =>
      attempt(signal, below, async (path) => {
        const entries = await orNothing(readdir(path, { withFileTypes: true, recursive: true }));
        return (entries ?? [])
          .filter((entry) => entry.isFile() && !isTemporary(entry.name))
          .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
      }),
    remove: (path, signal) => attempt(signal, path, (file) => rm(file, { force: true })),
  };
}

async function inside(root: string, below: string): Promise<string> {
  try {
    await makeFolder(join(root, below));
    const real = await realpath(root);
    const folder = await realpath(join(root, below));
    if (folder === real || folder.startsWith(real + sep)) return folder;
  } catch (error) {
    throw new TargetFailure(`the folder ${join(root, below)} cannot be used: ${(error as Error).message}`, {
      retryable: true,
      cause: error,
    });
  }
  throw new TargetFailure(`the folder ${below} leads out of the server's folder for static feeds`, {
    retryable: false,
  });
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await orNothing(stat(path)))?.size;
}

async function orNothing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
