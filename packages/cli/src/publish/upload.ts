import { createReadStream } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { request as secureRequest } from "node:https";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { type Api, apiPath, unreachableServer } from "../api/api.ts";
import { failureOf } from "../api/problem.ts";
import { exitCodes, Failure } from "../failure.ts";

/** How often a broken upload is taken up again without getting any further before it is given up. */
const attemptsMax = 5;

/** No answer and no progress for this long: the connection is dead, in ms. */
const silenceMs = 60_000;

/** A problem document is short; more is not read, in bytes. */
const answerBytesMax = 1_000_000;

export interface Content {
  readonly file: string;
  readonly sha256: string;
  /** bytes */
  readonly size: number;
}

/**
 * Brings a file's bytes to the server unless it has them. What an earlier upload left there is not sent again, and an upload that
 * breaks off is taken up where it stopped. Memory does not grow with the size.
 * @param onProgress told how many bytes of the whole are there
 * @returns whether anything was sent
 */
export async function uploadContent(api: Api, content: Content, onProgress: (done: number) => void): Promise<boolean> {
  const path = apiPath("blobs", content.sha256);
  let furthest = -1;
  let attempts = 0;
  for (let sent = false; ; sent = true) {
    try {
      const offset = await missingFrom(api, path);
      if (offset === undefined) return sent;
      if (offset > furthest) attempts = 0;
      furthest = Math.max(furthest, offset);
      await send(api, path, content, offset < content.size ? offset : 0, onProgress);
      return true;
    } catch (error) {
      if (!(error instanceof Failure) || !mayBeTakenUp(error) || ++attempts >= attemptsMax) throw error;
      await delay(200 * 2 ** attempts, undefined, { signal: api.signal });
    }
  }
}

function mayBeTakenUp(failure: Failure): boolean {
  return failure.exitCode === exitCodes.unreachable || failure.code.startsWith("UPLOAD_");
}

/** Where the upload of a blob has to begin, or undefined when the server has it. */
async function missingFrom(api: Api, path: string): Promise<number | undefined> {
  const { status, headers, text } = await exchange(api, "HEAD", path, {});
  if (status === 200) return undefined;
  if (status !== 404) throw failureOf(status, text, api.url);
  const offset = Number(headers["upload-offset"] ?? 0);
  return Number.isSafeInteger(offset) && offset >= 0 ? offset : 0;
}

async function send(
  api: Api,
  path: string,
  { file, size }: Content,
  offset: number,
  onProgress: (done: number) => void,
): Promise<void> {
  const headers = {
    "content-type": "application/octet-stream",
    "content-length": size - offset,
    ...(offset === 0 ? {} : { "content-range": `bytes ${offset}-${size - 1}/${size}` }),
  };
  const { status, text } = await exchange(api, "PUT", path, headers, async (outgoing) => {
    let done = offset;
    const counter = new Transform({
      transform(chunk: Buffer, _encoding, next) {
        done += chunk.length;
        onProgress(done);
        next(null, chunk);
      },
    });
    // Not a byte more than was hashed and announced, should the file grow meanwhile.
    const source = size === 0 ? undefined : createReadStream(file, { start: offset, end: size - 1 });
    if (source === undefined) outgoing.end();
    else await pipeline(source, counter, outgoing);
  });
  if (status === 202) throw new Failure(exitCodes.failed, "UPLOAD_INTERRUPTED", `${file} did not arrive whole.`);
  if (status !== 200 && status !== 201) throw refusalOf(failureOf(status, text, api.url), file);
}

function refusalOf(failure: Failure, file: string): Failure {
  if (failure.code !== "BLOB_DIGEST_MISMATCH") return failure;
  return new Failure(
    failure.exitCode,
    failure.code,
    `${file} changed while it was uploaded, or was damaged on the way. Nothing of it was kept.`,
    {
      hint: "Publish again when nothing writes to it any more.",
      cause: failure,
    },
  );
}

type Headers = Readonly<Record<string, string | number>>;

/** One request whose body is streamed. An answer that comes before the body was sent, a refusal, is what counts. */
async function exchange(
  api: Api,
  method: string,
  path: string,
  headers: Headers,
  write?: (outgoing: ReturnType<typeof request>) => Promise<void>,
): Promise<{ status: number; headers: IncomingMessage["headers"]; text: string }> {
  const url = new URL(`${api.url}${path}`);
  const outgoing = (url.protocol === "https:" ? secureRequest : request)(url, {
    method,
    signal: api.signal,
    timeout: silenceMs,
    headers: { ...headers, ...(api.token === undefined ? {} : { authorization: `Bearer ${api.token}` }) },
  });
  outgoing.on("timeout", () => outgoing.destroy(new Error("no answer in time")));
  const answered = Promise.withResolvers<IncomingMessage>();
  outgoing.once("response", answered.resolve);
  outgoing.once("error", answered.reject);
  try {
    if (write === undefined) outgoing.end();
    else await Promise.race([write(outgoing).catch(() => undefined), answered.promise]);
    const response = await answered.promise;
    const text = await textOf(response);
    return { status: response.statusCode ?? 0, headers: response.headers, text };
  } catch (error) {
    throw unreachableServer(api.url, error, api.signal);
  } finally {
    outgoing.destroy();
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > answerBytesMax) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
