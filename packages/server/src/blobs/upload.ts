import { createHash } from "node:crypto";
import { type FileHandle, open, rm } from "node:fs/promises";
import type { Readable } from "node:stream";
import { OperationalError } from "@sluice/core/errors/operational-error.ts";
import { diskFailure } from "./disk-failure.ts";

export interface UploadOptions {
  readonly offset: number;
  readonly total?: number;
  readonly maxBytes: number;
}

async function writeWhole(file: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < chunk.length; ) {
    const { bytesWritten } = await file.write(chunk, written, chunk.length - written, position + written);
    written += bytesWritten;
  }
}

function tooLarge(sha256: string, what: string): OperationalError {
  return new OperationalError("BLOB_TOO_LARGE", `the content ${sha256} ${what}; nothing of it was kept`, {
    retryable: false,
  });
}

/** Names what cannot be kept, or undefined: `size` bytes have come. */
function excess(sha256: string, size: number, { total, maxBytes }: UploadOptions): OperationalError | undefined {
  if (size > maxBytes) return tooLarge(sha256, `is larger than the ${maxBytes} bytes that are allowed`);
  if (total !== undefined && size > total)
    return tooLarge(sha256, `is larger than the ${total} bytes that its sender announced`);
  return undefined;
}

/**
 * Adds a body to the file of an unfinished upload, byte by byte as it comes. What the file has already is read again for
 * the digest, so that nothing is trusted that a power failure may have damaged.
 *
 * When this resolves with `complete`, the file has the digest and is on disk. Fails as the port says; the file is removed
 * unless the body was only interrupted. What is left of a refused body stays unread and its stream open, so that an answer
 * can still be sent to whoever sends it.
 * @param part the file, of exactly `options.offset` bytes if that is not 0.
 */
export async function receive(
  part: string,
  sha256: string,
  body: Readable,
  options: UploadOptions,
): Promise<{ complete: boolean; size: number }> {
  let size = options.offset;
  let keep = false;
  const file = await open(part, size === 0 ? "w+" : "r+", 0o600).catch((error: unknown) => {
    throw diskFailure(error, part);
  });
  try {
    const hash = createHash("sha256");
    if (size > 0) for await (const chunk of file.createReadStream({ start: 0, autoClose: false })) hash.update(chunk);
    const bytes = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    for (;;) {
      const next = await bytes.next().catch((cause: unknown) => {
        keep = true;
        throw new OperationalError(
          "UPLOAD_INTERRUPTED",
          `the upload of ${sha256} broke off after ${size} bytes, which are kept. Go on from there.`,
          { retryable: true, cause },
        );
      });
      if (next.done) break;
      const error = excess(sha256, size + next.value.length, options);
      if (error) throw error;
      hash.update(next.value);
      await writeWhole(file, next.value, size).catch((error: unknown) => {
        throw diskFailure(error, part);
      });
      size += next.value.length;
    }
    if (options.total !== undefined && size < options.total) {
      keep = true;
      return { complete: false, size };
    }
    const digest = hash.digest("hex");
    if (digest !== sha256)
      throw new OperationalError(
        "BLOB_DIGEST_MISMATCH",
        `the ${size} bytes that came have the digest ${digest}, not ${sha256}; nothing of them was kept. Send them again from 0.`,
        { retryable: false },
      );
    await file.sync().catch((error: unknown) => {
      throw diskFailure(error, part);
    });
    keep = true;
    return { complete: true, size };
  } finally {
    await file.close();
    if (!keep) await rm(part, { force: true });
  }
}
