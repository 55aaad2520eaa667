import { createHash } from "node:crypto";
import type { ReadEntry } from "tar";
import { systemCode } from "../disk/failure.ts";
import { makeDirectory, remove } from "../disk/files.ts";
import { pieces } from "../disk/pieces.ts";
import { UpdaterError } from "../errors.ts";
import { ArchiveProblem, folderTypes, openPlace } from "./place.ts";

/** Most entries that an archive may have. */
const maxEntries = 100_000;
/** An archive may unpack to at most this many times its own size, */
const maxRatio = 20;
/** and never to more than this many bytes. */
const maxUnpackedBytes = 8 * 1024 ** 3;
/** Longest path in an archive, in bytes. */
const maxPathBytes = 1_024;
/** So much of the archive is read at a time, bytes. */
const pieceBytes = 128 * 1024;

const fileTypes = new Set(["File", "OldFile", "ContiguousFile"]);

/** What was unpacked. Digests are SHA-256 in lower-case hex. */
export interface Unpacked {
  /** Of the archive's bytes: the caller must throw the folder away where it is not the one that was wanted. */
  readonly archive: string;
  /** Of the content of each file, by its absolute path, as it was written. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Unpacks a tar archive, plain or compressed, into a folder that is made for it, in one pass and in memory that does not grow with it. It
 * may hold files and folders below that folder, and nothing else: links are never made, so nothing can lead out by one. An archive
 * that is refused leaves no folder.
 * @param archiveBytes size of the archive, which bounds what may come out of it
 * @throws UpdaterError ARCHIVE_REFUSED; failed system calls as they are; the signal's reason
 */
export async function unpack(
  archive: string,
  folder: string,
  archiveBytes: number,
  signal?: AbortSignal,
): Promise<Unpacked> {
  try {
    await makeDirectory(folder, { mode: 0o755 });
    return await pour(archive, folder, Math.min(archiveBytes * maxRatio, maxUnpackedBytes), signal);
  } catch (error) {
    await remove(folder);
    if (!(error instanceof ArchiveProblem) && !isTarError(error)) throw error;
    throw new UpdaterError(
      "ARCHIVE_REFUSED",
      `The archive ${archive} was refused and nothing of it kept: ${(error as Error).message}`,
    );
  }
}

/** Loads what reads archives, which only an update needs: reading and compiling it takes time and memory. */
export const loadParser = () => import("tar");

/** Gives the parser one piece after the other, and writes what comes out of each before the next is read into its place. */
async function pour(archive: string, folder: string, maxBytes: number, signal?: AbortSignal): Promise<Unpacked> {
  const { Parser } = await loadParser();
  const hash = createHash("sha256");
  const admit = openLimits(maxBytes);
  const place = openPlace(folder);
  let problem: unknown;
  const take = (entry: ReadEntry): void => {
    const refused = admit(entry);
    if (refused !== undefined) problem ??= new ArchiveProblem(refused);
    if (problem === undefined) place.add(entry);
    else entry.resume();
  };
  const parser = new Parser({ strict: true, maxDecompressionRatio: Number.POSITIVE_INFINITY, onReadEntry: take });
  parser.on("ignoredEntry", take);
  parser.on("error", (error) => {
    problem ??= error;
  });
  const settle = async (): Promise<void> => {
    if (problem !== undefined) throw problem;
    await place.settle();
    signal?.throwIfAborted();
  };
  try {
    for await (const piece of pieces(archive, pieceBytes)) {
      hash.update(piece);
      parser.write(piece);
      await settle();
    }
    parser.end();
    await settle();
  } finally {
    await place.end();
  }
  return { archive: hash.digest("hex"), files: place.files };
}

/** @returns what says why an entry cannot be admitted after those before it, or undefined when it can */
function openLimits(maxBytes: number): (entry: ReadEntry) => string | undefined {
  let entries = 0;
  let bytes = 0;
  return (entry) => {
    entries += 1;
    bytes += entry.size;
    if (entries > maxEntries) return `it has more than ${maxEntries} entries`;
    if (bytes > maxBytes) return `it unpacks to more than ${maxBytes} bytes`;
    return problemOf(entry);
  };
}

function problemOf({ path, type }: ReadEntry): string | undefined {
  const shown = JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);
  if (!fileTypes.has(type) && !folderTypes.has(type)) return `${shown} is a ${type}, not a file or folder`;
  if (Buffer.byteLength(path) > maxPathBytes) return `${shown} is longer than ${maxPathBytes} bytes`;
  if (path.startsWith("/") || path.includes("\\") || path.includes("\0")) return `${shown} is not a relative path`;
  if (path.split("/").includes("..")) return `${shown} leads out of its folder`;
  return undefined;
}

/** Errors of the tar and decompression libraries, as against those of the disk. */
function isTarError(error: unknown): boolean {
  const code = systemCode(error) ?? "";
  return code.startsWith("TAR_") || code.startsWith("Z_") || code.startsWith("ZSTD_");
}
