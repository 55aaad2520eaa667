import { open, readdir, rename, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { OperationalError } from "@sluice/core/errors/operational-error.ts";
import { makeFolder, syncFolder } from "../feeds/durable-file.ts";
import { diskFailure } from "./disk-failure.ts";
import type { BlobStore } from "./store.ts";
import { receive } from "./upload.ts";

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw diskFailure(error, path);
  }
}

/**
 * Content in a folder: `ROOT/ab/abcdef…` holds what has the digest `abcdef…`, `ROOT/ab/abcdef….part` what has come of it
 * so far. One process at a time may use the folder. Content that is already there is not taken again: the body is left
 * unread. A digest that is not 64 lower-case hexadecimal digits is a TypeError and touches no file.
 * @param root made if it is missing.
 */
export async function openFileSystemBlobs(root: string): Promise<BlobStore> {
  await makeFolder(root, 0o700);
  // Whoever put something here may have been killed before its name was on disk, and what is here is not asked for again.
  for (const name of await readdir(root)) if (/^[0-9a-f]{2}$/.test(name)) await syncFolder(join(root, name));
  const uploading = new Set<string>();

  const pathOf = (sha256: string) => {
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new TypeError("a digest is 64 lower-case hexadecimal digits");
    return join(root, sha256.slice(0, 2), sha256);
  };
  const partOf = (sha256: string) => `${pathOf(sha256)}.part`;

  const putAlone: BlobStore["put"] = async (sha256, body, options) => {
    const path = pathOf(sha256);
    const part = partOf(sha256);
    const stored = await sizeOf(path);
    if (stored !== undefined) {
      await syncFolder(dirname(path)).catch((error: unknown) => {
        throw diskFailure(error, path);
      });
      return { complete: true, size: stored };
    }
    const kept = (await sizeOf(part)) ?? 0;
    if (options.offset !== 0 && options.offset !== kept)
      throw new OperationalError(
        "UPLOAD_OFFSET_MISMATCH",
        `${kept} bytes of ${sha256} are here, so the upload goes on from ${kept}, not from ${options.offset}`,
        { retryable: false },
      );
    if ((options.total ?? 0) > options.maxBytes)
      throw new OperationalError(
        "BLOB_TOO_LARGE",
        `the content ${sha256} has ${options.total} bytes; ${options.maxBytes} are allowed`,
        { retryable: false },
      );
    try {
      await makeFolder(dirname(path), 0o700);
      const received = await receive(part, sha256, body, options);
      if (received.complete) {
        await rename(part, path);
        await syncFolder(dirname(path));
      }
      return received;
    } catch (error) {
      throw diskFailure(error, part);
    }
  };

  return {
    size: async (sha256) => sizeOf(pathOf(sha256)),
    uploadOffset: async (sha256) => (await sizeOf(partOf(sha256))) ?? 0,
    async put(sha256, body, options) {
      if (!Number.isSafeInteger(options.offset) || options.offset < 0)
        throw new TypeError("an offset is a whole number of bytes");
      if (uploading.has(sha256))
        throw new OperationalError(
          "UPLOAD_IN_PROGRESS",
          `${sha256} is being uploaded by somebody else; try again later`,
          {
            retryable: true,
          },
        );
      uploading.add(sha256);
      try {
        return await putAlone(sha256, body, options);
      } finally {
        uploading.delete(sha256);
      }
    },
    async read(sha256, range) {
      const path = pathOf(sha256);
      try {
        const file = await open(path, "r");
        return file.createReadStream(range === undefined ? {} : { start: range.start, end: range.end });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw diskFailure(error, path);
      }
    },
  };
}
