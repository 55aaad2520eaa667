import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { IncomingMessage } from "node:http";
import { type DiskFile, openFile } from "../disk/files.ts";
import { UpdaterError } from "../errors.ts";
import { reasonOf, send } from "../http/request.ts";
import { retryAfterMs } from "../ports/retry-after.ts";
import type { Pace } from "./pace.ts";

export interface AttemptOptions {
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
  /** Whether the server is there and does not give it. */
  readonly refused: boolean;
  constructor(
    message: string,
    options: { readonly cause?: unknown; readonly retryAfterMs?: number | undefined; readonly refused?: boolean } = {},
  ) {
    super(message, { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs;
    this.refused = options.refused ?? false;
  }
}

/** Answers below 500 that say "not now" (RFC 9110 section 15.5.9, RFC 8470 section 5.2, RFC 6585 section 4). */
const notNow = new Set([408, 425, 429]);

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

/** Bytes are written as so many together, or when an attempt ends. */
const batchBytes = 512 * 1024;

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
  const watch = () => setTimeout(() => stall.abort(), options.stallMs);
  let timer = watch();
  const signal = options.signal === undefined ? stall.signal : AbortSignal.any([stall.signal, options.signal]);
  let have = from;
  let batch: Buffer[] = [];
  let batched = 0;
  const keep = async (): Promise<void> => {
    const chunks = batch;
    batch = [];
    batched = 0;
    if (chunks.length > 0) await file.write(chunks);
  };
  try {
    const response = await onNetwork(send(new URL(options.url), { headers: headersFrom(from), signal }));
    await demandContinuation(response, file, from, options);
    for await (const chunk of chunksOf(response)) {
      if (have + chunk.length > options.size) throw await tooLarge(options, file);
      hash.update(chunk);
      batch.push(chunk);
      batched += chunk.length;
      have += chunk.length;
      if (batched >= batchBytes) await keep();
      options.onProgress(have);
      // Who reads slowly because it was told to is not kept waiting by the server.
      clearTimeout(timer);
      await options.pace?.(chunk.length, options.signal);
      timer = watch();
    }
    await keep();
    return have;
  } catch (error) {
    // What arrived is not asked for again.
    if (error instanceof AttemptFailed) await keep();
    options.signal?.throwIfAborted();
    if (stall.signal.aborted) throw new AttemptFailed(`nothing arrived for ${options.stallMs} ms after ${have} bytes`);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function headersFrom(from: number): Record<string, string> {
  return { "accept-encoding": "identity", ...(from > 0 ? { range: `bytes=${from}-` } : {}) };
}

/** Tells failures of the network from those of the disk. */
async function onNetwork<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    throw new AttemptFailed(reasonOf(error), { cause: error });
  }
}

async function* chunksOf(response: IncomingMessage): AsyncGenerator<Buffer, void> {
  const chunks: AsyncIterator<Buffer> = response[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await onNetwork(chunks.next());
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    response.destroy();
  }
}

/** Lets pass only a response whose body is what comes next in the file. */
async function demandContinuation(
  response: IncomingMessage,
  file: DiskFile,
  from: number,
  options: AttemptOptions,
): Promise<void> {
  const status = response.statusCode ?? 0;
  const partial = status === 206 && response.headers["content-range"]?.startsWith(`bytes ${from}-`);
  if (from > 0 ? partial : status === 200) return;
  response.destroy();
  if (from > 0 && (status === 200 || status === 206 || status === 416)) {
    await file.truncate(0);
    throw new AttemptFailed(`the server did not go on from byte ${from}; beginning anew`);
  }
  throw new AttemptFailed(`the server answered ${status}`, {
    retryAfterMs: retryAfterMs(response.headers["retry-after"], options.now()),
    refused: status < 500 && !notNow.has(status),
  });
}

async function tooLarge(options: AttemptOptions, file: DiskFile): Promise<UpdaterError> {
  await file.truncate(0);
  return new UpdaterError(
    "ARTIFACT_TOO_LARGE",
    `${options.url} sends more than the ${options.size} bytes that were signed; nothing of it was kept`,
  );
}
