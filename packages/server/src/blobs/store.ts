import type { Readable } from "node:stream";

/**
 * Content by its SHA-256. What is here is whole and has the digest it is named by; what is being uploaded is not visible.
 * Failures are OperationalErrors: BLOB_DIGEST_MISMATCH (nothing kept), UPLOAD_OFFSET_MISMATCH, UPLOAD_IN_PROGRESS,
 * UPLOAD_INTERRUPTED (what came is kept for resuming), BLOB_TOO_LARGE, DISK_FULL.
 */
export interface BlobStore {
  /** Size in bytes, or undefined when the content is not (wholly) here. */
  size(sha256: string): Promise<number | undefined>;
  /** How many bytes of an unfinished upload are kept: where to go on. */
  uploadOffset(sha256: string): Promise<number>;
  /**
   * Takes bytes from `offset` on. The digest is computed while they stream; the content appears, synced to disk, only when
   * the whole of it is there and has that digest. An upload from 0 begins anew.
   * @param total the size of the whole in bytes, where the sender said it; without it the end of the body is the end.
   * @returns whether the content is complete now.
   */
  put(
    sha256: string,
    body: Readable,
    options: { readonly offset: number; readonly total?: number; readonly maxBytes: number },
  ): Promise<{ complete: boolean; size: number }>;
  /** Bytes `start` to `end` (inclusive; the whole by default), or undefined when not here. */
  read(sha256: string, range?: { readonly start: number; readonly end: number }): Promise<Readable | undefined>;
}
