import { createHash } from "node:crypto";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** What lies at a path. `id` tells a file from a later one of the same name. */
export type Entry = { readonly id: number } & (
  | { readonly kind: "folder" }
  | { readonly kind: "file"; readonly content: Buffer; readonly mode: number }
  | { readonly kind: "link"; readonly target: string }
);

/** Everything below a folder, by relative path; parents come before what is in them. */
export type Image = ReadonlyMap<string, Entry>;

/** Reads a folder again and again, and knows files again by their inodes. Names in `except` are not looked at. */
export function openReader(root: string, except: readonly string[]): () => Map<string, Entry> {
  let known = new Map<bigint, number>();
  let nextId = 1;
  return () => {
    const seen = new Map<bigint, number>();
    const image = new Map<string, Entry>();
    const read = (path: string): void => {
      const full = join(root, path);
      const about = lstatSync(full, { bigint: true, throwIfNoEntry: false });
      if (about === undefined) return;
      const id = known.get(about.ino) ?? nextId++;
      seen.set(about.ino, id);
      if (about.isSymbolicLink()) image.set(path, { kind: "link", id, target: readlinkSync(full) });
      else if (about.isFile())
        image.set(path, { kind: "file", id, content: readFileSync(full), mode: Number(about.mode & 0o777n) });
      else if (about.isDirectory()) {
        image.set(path, { kind: "folder", id });
        for (const name of readdirSync(full)) if (!except.includes(name)) read(path === "" ? name : `${path}/${name}`);
      }
    };
    read("");
    known = seen;
    return image;
  };
}

/** Makes a folder that holds what an image does. */
export function writeImage(image: Image, root: string): void {
  for (const [path, entry] of image) {
    const full = join(root, path);
    if (entry.kind === "folder") mkdirSync(full, { recursive: true });
    else if (entry.kind === "link") symlinkSync(entry.target, full);
    else {
      writeFileSync(full, entry.content);
      chmodSync(full, entry.mode);
    }
  }
}

/** Equal for images that nobody could tell apart. */
export function digestOfImage(image: Image): string {
  const hash = createHash("sha256");
  for (const [path, entry] of [...image].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${path}\0${entry.kind}\0`);
    if (entry.kind === "link") hash.update(entry.target);
    if (entry.kind === "file") hash.update(`${entry.mode}\0${entry.content.length}\0`).update(entry.content);
  }
  return hash.digest("hex");
}

/** The paths directly in a folder, with their names. */
export function childrenOf(image: Image, folder: string): [name: string, path: string][] {
  return [...image.keys()]
    .filter((path) => path !== "" && (dirname(path) === "." ? "" : dirname(path)) === folder)
    .map((path) => [path.slice(folder === "" ? 0 : folder.length + 1), path]);
}
