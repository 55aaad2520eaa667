import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";

export interface StaticFile {
  readonly body: Buffer;
  readonly type: string;
  readonly etag: string;
}

/** Files taken at most, and bytes of them in all. */
const filesMax = 500;
const bytesMax = 64 * 1024 * 1024;

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".json": "application/json",
  ".map": "application/json",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
};

/**
 * Reads a folder of files into memory, by their path with `/`. What is asked for is looked up by its name and never opened, so
 * that no address leads out of the folder.
 * @returns nothing when there is no such folder.
 */
export async function readStaticFiles(folder: string): Promise<ReadonlyMap<string, StaticFile>> {
  const files = new Map<string, StaticFile>();
  let bytes = 0;
  for (const entry of await entriesOf(folder)) {
    const path = join(entry.parentPath, entry.name);
    const body = await readFile(path);
    bytes += body.length;
    if (files.size >= filesMax || bytes > bytesMax)
      throw new Error(`${folder} has more than ${filesMax} files or ${bytesMax} bytes; it is not a built console`);
    const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 27)}"`;
    const type = types[extname(path)] ?? "application/octet-stream";
    files.set(relative(folder, path).split(sep).join("/"), { body, type, etag });
  }
  return files;
}

async function entriesOf(folder: string) {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile());
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
