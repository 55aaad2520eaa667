import { createHash } from "node:crypto";
import { RegistryFailure } from "./failure.ts";
import type { Descriptor } from "./manifest.ts";
import type { Place } from "./place.ts";

/** How often a download is taken up again without getting any further before it is given up. */
const attemptsMax = 5;

/**
 * The bytes of a blob from a place on. A connection that is cut is taken up where it was. Fails with a RegistryFailure, not to
 * be tried again, when the registry has something else than the digest says; that is known only at the end, so whoever takes
 * them holds them to the digest as well. What begins in the middle is held to its size alone.
 */
export async function* blobBytes(
  { registry, repository }: Place,
  { digest, size }: Pick<Descriptor, "digest" | "size">,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const lie = (what: string) =>
    new RegistryFailure(
      `${registry.host}/${repository} has ${what} where ${digest} should be: it was damaged or tampered with. It was refused`,
      { retryable: false },
    );
  const hash = createHash("sha256");
  let place = from;
  // Of what is there already nothing can be asked for.
  for (let attempt = 1; place < size; attempt++) {
    try {
      const source = await registry.blob(repository, digest, place, signal);
      let skip = place - source.from;
      for await (const chunk of source.body as AsyncIterable<Buffer>) {
        const piece = chunk.subarray(skip);
        skip = Math.max(0, skip - chunk.length);
        if (piece.length === 0) continue;
        place += piece.length;
        if (place > size) throw lie("more bytes");
        hash.update(piece);
        attempt = 0;
        yield piece;
      }
      if (place < size) throw new Error("it sent less than it announced");
    } catch (error) {
      if (place === size) break;
      const failure =
        error instanceof RegistryFailure
          ? error
          : new RegistryFailure(`${registry.host} cut the connection in the middle of ${digest}`, {
              retryable: true,
              cause: error,
            });
      if (!failure.retryable || signal.aborted || attempt >= attemptsMax) throw failure;
      await registry.pause(attempt + 1, signal, failure);
    }
  }
  const found = `sha256:${hash.digest("hex")}`;
  if (from === 0 && found !== digest) throw lie(`bytes of digest ${found}`);
}
