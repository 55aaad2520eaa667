import { createHash } from "node:crypto";
import type { Stats } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { systemCode } from "../disk/failure.ts";
import { pieces } from "../disk/pieces.ts";
import type { Pace } from "../download/pace.ts";
import { ownNames } from "../install/receipt.ts";
import type { Entry } from "./entries.ts";

/** What is not as it was installed. `mode`: only its permissions. */
export interface Difference {
  readonly entry: Entry;
  readonly is: "missing" | "changed" | "mode";
}

export interface Comparison {
  readonly differences: readonly Difference[];
  /** Files and folders that did not come with the version, by their paths: the first of them. */
  readonly added: readonly string[];
}

/** How files looked when their content was found to be what was installed, by absolute path. They are read again when they look otherwise. */
export type Stamps = Map<string, string>;

/** So much of a file is read at a time, bytes. */
const pieceBytes = 256 * 1024;
/** Only so many stamps are kept, and so many added files named. */
const maxStamps = 500_000;
const maxAdded = 100;

/**
 * Compares a version's folder with what was installed there. Reads only.
 * @param options.stamps files that look as they did are not read; absent: everything is
 * @param options.pace how fast files are read
 */
export async function compareTree(
  folder: string,
  entries: readonly Entry[],
  options: {
    readonly stamps: Stamps;
    readonly thorough?: boolean;
    readonly pace?: Pace | undefined;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<Comparison> {
  const differences: Difference[] = [];
  /** The last folder that is no folder any more: what was in it is gone as well, whatever a link may lead to. */
  let gone: string | undefined;
  for (const entry of entries) {
    options.signal?.throwIfAborted();
    const lost = gone !== undefined && entry.path.startsWith(`${gone}/`);
    const is = lost ? "missing" : await differenceOf(join(folder, entry.path), entry, options);
    if (is === undefined) continue;
    differences.push({ entry, is });
    if (entry.is === "folder" && is !== "mode" && !lost) gone = entry.path;
  }
  const installed = new Set(entries.map((entry) => entry.path));
  return { differences, added: await addedBelow(folder, installed) };
}

async function differenceOf(
  path: string,
  entry: Entry,
  options: Parameters<typeof compareTree>[2],
): Promise<Difference["is"] | undefined> {
  const about = await lstat(path).catch((error: unknown) => {
    if (["ENOENT", "ENOTDIR"].includes(systemCode(error) ?? "")) return undefined;
    throw error;
  });
  if (about === undefined) return "missing";
  if (entry.is === "folder") return !about.isDirectory() ? "changed" : isUsable(about, true) ? undefined : "mode";
  if (!about.isFile()) return "changed";
  const stamp = `${about.ino} ${about.size} ${about.mtimeMs} ${about.ctimeMs}`;
  if (options.thorough === true || options.stamps.get(path) !== stamp) {
    if (!isReadable(about)) return "mode";
    if ((await contentOf(path, options)) !== entry.digest) return "changed";
    if (options.stamps.size >= maxStamps) options.stamps.clear();
    options.stamps.set(path, stamp);
  }
  return isUsable(about, entry.executable) ? undefined : "mode";
}

const isReadable = ({ mode }: Stats): boolean => (mode & 0o400) !== 0;

/** Whether its owner can use it, and not everybody may change it. */
function isUsable(about: Stats, executable: boolean): boolean {
  return isReadable(about) && ((about.mode & 0o100) !== 0) === executable && (about.mode & 0o002) === 0;
}

async function contentOf(
  path: string,
  { pace, signal }: { readonly pace?: Pace | undefined; readonly signal?: AbortSignal | undefined },
): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of pieces(path, pieceBytes)) {
    signal?.throwIfAborted();
    hash.update(piece);
    await pace?.(piece.length, signal);
  }
  return hash.digest("hex");
}

async function addedBelow(folder: string, installed: ReadonlySet<string>): Promise<string[]> {
  const added: string[] = [];
  const look = async (within: string): Promise<void> => {
    for (const about of await readdir(join(folder, within), { withFileTypes: true }).catch(() => [])) {
      if (added.length >= maxAdded) return;
      const path = `${within}/${about.name}`;
      if (within === "" && ownNames.includes(about.name)) continue;
      if (!installed.has(path)) added.push(path.slice(1));
      else if (about.isDirectory()) await look(path);
    }
  };
  await look("");
  return added.sort();
}
