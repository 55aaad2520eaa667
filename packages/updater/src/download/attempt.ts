import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type DiskFile, openFile } from "../disk/files.ts";
import { UpdaterError } from "../errors.ts";
import { retryAfterMs } from "../ports/retry-after.ts";
import type { Pace } from "./pace.ts";

export interface AttemptOptions {
  readonly fetch: typeof fetch;
  /** ms since the epoch */
  readonly now: () => number;
  readonly url: string;
  /** Where the bytes are kept; what is there already is resumed from. */
  readonly path: string;
  /** The signed size in bytes: more is refused. */
  readonly size: number;
  /** An attempt in which nothing arrives for this long is given up, ms. */
  readonly stallMs: number;
  /** Called with each chunk's bytes; the next is read when it resolves. */
  readonly pace?: Pace | undefined;
  /** Bytes that are there so far. */
  readonly onProgress: (bytes: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** An attempt that failed in a way that trying again may mend. What arrived is kept. */
export class AttemptFailed extends Error {
  /** What the server asked to wait, ms. */
  readonly retryAfterMs: number | undefined;
  constructor(message: string, options: { readonly cause?: unknown; readonly retryAfterMs?: number | undefined } = {}) {
    super(message, { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs;
  }
}

/**
 * Downloads into a file, going on where an earlier attempt ended (RFC 9110 section 14, one range).
 * @returns the SHA-256 of the whole file, and whether part of it was there before
 * @throws AttemptFailed; UpdaterError ARTIFACT_TOO_LARGE; failed system calls as they are
 */
export async function attempt(options: AttemptOptions): Promise<{ digest: string; resumed: boolean }> {
  const file = await openFile(options.path, "a+");
  try {
    const hash = createHash("sha256");
    let have = await hashExisting(options.path, hash, options.size);
    if (have > options.size) {
      await file.truncate(0);
      throw new AttemptFailed("more bytes were kept than the component has; beginning anew");
    }
    const resumed = have > 0;
    if (have < options.size) have = await receive(options, file, hash, have);
    await file.sync();
    if (have < options.size) throw new AttemptFailed(`the connection ended after ${have} of ${options.size} bytes`);
    return { digest: hash.digest("hex"), resumed };
  } finally {
    await file.close();
  }
}

/** Reads at most one byte more than there may be. */
async function hashExisting(path: string, hash: Hash, size: number): Promise<number> {
  let bytes = 0;
  for await (const chunk of createReadStream(path, { end: size }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return bytes;
}

async function receive(options: AttemptOptions, file: DiskFile, hash: Hash, from: number): Promise<number> {
  const stall = new AbortController();
  const watch = () => setTimeout(() => stall.abort(new Error("stalled")), options.stallMs);
  let timer = watch();
  const signals = options.signal === undefined ? [stall.signal] : [stall.signal, options.signal];
  let have = from;
  try {
    const response = await options.fetch(options.url, {
      headers:
        from > 0 ? { range: `bytes=${from}-`, "accept-encoding": "identity" } : { "accept-encoding": "identity" },
      signal: AbortSignal.any(signals),
    });
    await demandContinuation(response, file, from, options);
    for await (const chunk of response.body ?? []) {
      clearTimeout(timer);
      if (have + chunk.length > options.size) throw await tooLarge(options, file);
      await file.write(chunk);
      hash.update(chunk);
      have += chunk.length;
      options.onProgress(have);
      await options.pace?.(chunk.length, options.signal);
      timer = watch();
    }
    return have;
  } catch (error) {
    options.signal?.throwIfAborted();
    if (stall.signal.aborted) throw new AttemptFailed(`nothing arrived for ${options.stallMs} ms after ${have} bytes`);
    // Failures of the network are TypeErrors by the Fetch standard, with the system's error as their cause.
    if (error instanceof TypeError) throw new AttemptFailed(reasonOf(error), { cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Lets pass only a response whose body is what comes next in the file. */
async function demandContinuation(
  response: Response,
  file: DiskFile,
  from: number,
  options: AttemptOptions,
): Promise<void> {
  const partial = response.status === 206 && response.headers.get("content-range")?.startsWith(`bytes ${from}-`);
  if (from > 0 ? partial : response.status === 200) return;
  await response.body?.cancel();
  if (from > 0 && (response.status === 200 || response.status === 206 || response.status === 416)) {
    await file.truncate(0);
    throw new AttemptFailed(`the server did not go on from byte ${from}; beginning anew`);
  }
  throw new AttemptFailed(`the server answered ${response.status}`, {
    retryAfterMs: retryAfterMs(response.headers.get("retry-after"), options.now()),
  });
}

async function tooLarge(options: AttemptOptions, file: DiskFile): Promise<UpdaterError> {
  await file.truncate(0);
  return new UpdaterError(
    "ARTIFACT_TOO_LARGE",
    `${options.url} sends more than the ${options.size} bytes that were signed; nothing of it was kept`,
  );
}

function reasonOf(error: TypeError): string {
  return error.cause instanceof Error ? error.cause.message || error.message : error.message;
}
