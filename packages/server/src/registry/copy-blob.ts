import { Readable } from "node:stream";
import { blobBytes } from "./blob-bytes.ts";
import { RegistryFailure } from "./failure.ts";
import type { Descriptor } from "./manifest.ts";
import type { Place } from "./place.ts";

/** How often an upload is taken up again without getting any further before it is given up. */
const attemptsMax = 5;

/**
 * Streams a blob from one registry into another, through memory and never to disk. A connection that breaks is taken up where
 * it was, at the destination's end as far as that remembers it. The bytes are held to their digest here and by the destination.
 * @param upload where the destination said to send it
 * @param onBytes told of every piece that was sent on
 */
export async function copyBlob(
  from: Place,
  to: Place,
  blob: Pick<Descriptor, "digest" | "size">,
  upload: URL,
  { signal, onBytes }: { readonly signal: AbortSignal; readonly onBytes: (bytes: number) => void },
): Promise<void> {
  let at: { readonly upload: URL; readonly bytes: number } = { upload, bytes: 0 };
  for (let attempt = 1; ; attempt++) {
    try {
      await send(from, to, blob, at, signal, onBytes);
      return;
    } catch (error) {
      if (!(error instanceof RegistryFailure) || !error.retryable || signal.aborted) throw error;
      if (attempt >= attemptsMax) throw error;
      await to.registry.pause(attempt, signal, error);
      const left = await to.registry.uploaded(to.repository, at.upload, signal);
      if (left === undefined) {
        const fresh = await to.registry.beginUpload(to.repository, undefined, signal);
        if (fresh === undefined) return;
        at = { upload: fresh, bytes: 0 };
      } else {
        if (left.bytes > at.bytes) attempt = 0;
        at = left;
      }
    }
  }
}

async function send(
  from: Place,
  to: Place,
  blob: Pick<Descriptor, "digest" | "size">,
  at: { readonly upload: URL; readonly bytes: number },
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<void> {
  let wrong: unknown;
  async function* counted() {
    try {
      for await (const piece of blobBytes(from, blob, at.bytes, signal)) {
        onBytes(piece.length);
        yield piece;
      }
    } catch (error) {
      wrong = error;
      throw error;
    }
  }
  const body = Readable.from(counted(), { objectMode: false });
  try {
    const content = { body, from: at.bytes, bytes: blob.size - at.bytes };
    await to.registry.finishUpload(to.repository, at.upload, blob.digest, content, signal);
  } catch (error) {
    // What is wrong with the source says more than that the destination did not take it.
    throw wrong ?? error;
  } finally {
    body.destroy();
  }
}
