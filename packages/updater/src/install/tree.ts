import { createHash } from "node:crypto";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { pieces } from "../disk/pieces.ts";

/** So much of a file is read at a time, bytes. */
const pieceBytes = 256 * 1024;

/** SHA-256 of a file's content, read in pieces. @throws the signal's reason when it is aborted */
export async function fileDigest(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of pieces(path, pieceBytes)) {
    signal?.throwIfAborted();
    hash.update(piece);
  }
  return hash.digest("hex");
}

/**
 * Everything below a folder, a line each, in the order of the names: kind, path, and of files whether they are executable, and the
 * SHA-256 of their content.
 * @param options.except names in the folder itself that do not count
 * @param options.known digests of files by their absolute path, which need not be read for it
 */
export async function treeLines(
  folder: string,
  options: { readonly except?: readonly string[]; readonly known?: ReadonlyMap<string, string> } = {},
): Promise<string[]> {
  const { except = [], known = new Map() } = options;
  const lines: string[] = [];
  await addFolder(folder, "", { except, known, add: (line) => lines.push(line) });
  return lines;
}

/** A digest over the lines of a tree. Equal digests: equal trees. */
export function digestOfLines(lines: readonly string[]): string {
  const hash = createHash("sha256");
  for (const line of lines) hash.update(`${line}\n`);
  return hash.digest("hex");
}

interface Adding {
  readonly except: readonly string[];
  readonly known: ReadonlyMap<string, string>;
  readonly add: (line: string) => void;
}

async function addFolder(folder: string, path: string, { except, known, add }: Adding): Promise<void> {
  for (const name of (await readdir(folder)).sort()) {
    if (except.includes(name)) continue;
    const entry = join(folder, name);
    const inTree = `${path}/${name}`;
    const about = await lstat(entry);
    if (about.isDirectory()) {
      add(JSON.stringify(["folder", inTree]));
      await addFolder(entry, inTree, { except: [], known, add });
    } else if (about.isFile()) {
      const digest = known.get(entry) ?? (await fileDigest(entry));
      add(JSON.stringify(["file", inTree, (about.mode & 0o111) !== 0, digest]));
    } else {
      add(JSON.stringify(["other", inTree]));
    }
  }
}
