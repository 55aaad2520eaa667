import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import type { ReadEntry } from "tar";
import { makeDirectory, onDisk } from "../disk/files.ts";
import { UpdaterError } from "../errors.ts";

/** Most entries that an archive may have. */
const maxEntries = 100_000;
/** An archive may unpack to at most this many times its own size, */
const maxRatio = 20;
/** and never to more than this many bytes. */
const maxUnpackedBytes = 8 * 1024 ** 3;
/** Longest path in an archive, in bytes. */
const maxPathBytes = 1_024;

const fileTypes = new Set(["File", "OldFile", "ContiguousFile"]);
const folderTypes = new Set(["Directory", "GNUDumpDir"]);

/**
 * Unpacks a tar archive, plain or compressed, into a folder that is made for it. The whole archive is looked through before
 * anything is written: it may hold files and folders below that folder, and nothing else.
 * @param archiveBytes size of the archive, which bounds what may come out of it
 * @throws UpdaterError ARCHIVE_REFUSED
 */
export async function unpack(archive: string, folder: string, archiveBytes: number): Promise<void> {
  await inspect(archive, Math.min(archiveBytes * maxRatio, maxUnpackedBytes));
  const { x: extract } = await import("tar");
  await makeDirectory(folder, { mode: 0o755 });
  try {
    await onDisk("unpack", folder, () =>
      extract({
        file: archive,
        cwd: folder,
        strict: true,
        noMtime: true,
        preserveOwner: false,
        filter: (_path, entry) => {
          // Nothing becomes set-user-id or writable for others because an archive says so.
          if ("header" in entry)
            entry.mode = folderTypes.has(entry.type) || ((entry.mode ?? 0) & 0o111) !== 0 ? 0o755 : 0o644;
          return true;
        },
      }),
    );
  } catch (error) {
    if (isTarError(error)) throw refused(archive, (error as Error).message);
    throw error;
  }
}

async function inspect(archive: string, maxBytes: number): Promise<void> {
  const { Parser } = await import("tar");
  let entries = 0;
  let bytes = 0;
  let problem: string | undefined;
  const parser = new Parser({
    strict: true,
    maxDecompressionRatio: Number.POSITIVE_INFINITY,
    onReadEntry: (entry) => {
      entries += 1;
      bytes += entry.size;
      problem ??= problemOf(entry);
      if (entries > maxEntries) problem ??= `it has more than ${maxEntries} entries`;
      if (bytes > maxBytes) problem ??= `it unpacks to more than ${maxBytes} bytes`;
      if (problem !== undefined) source.destroy(new Error(problem));
      entry.resume();
    },
  });
  const source = createReadStream(archive);
  try {
    await pipeline(source, parser as unknown as NodeJS.WritableStream);
  } catch (error) {
    if (problem === undefined && !isTarError(error)) throw error;
    throw refused(archive, problem ?? (error as Error).message);
  }
  if (problem !== undefined) throw refused(archive, problem);
}

function problemOf({ path, type }: ReadEntry): string | undefined {
  const shown = JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);
  if (!fileTypes.has(type) && !folderTypes.has(type)) return `${shown} is a ${type}, not a file or folder`;
  if (Buffer.byteLength(path) > maxPathBytes) return `${shown} is longer than ${maxPathBytes} bytes`;
  if (path.startsWith("/") || path.includes("\\") || path.includes("\0")) return `${shown} is not a relative path`;
  if (path.split("/").includes("..")) return `${shown} leads out of its folder`;
  return undefined;
}

function refused(archive: string, why: string): UpdaterError {
  return new UpdaterError("ARCHIVE_REFUSED", `The archive ${archive} was refused and nothing of it kept: ${why}`);
}

/** Errors of the tar and decompression libraries, as against those of the disk. */
function isTarError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as NodeJS.ErrnoException).code ?? "";
  return code.startsWith("TAR_") || code.startsWith("Z_") || code.startsWith("ZSTD_") || code === "CwdError";
}
