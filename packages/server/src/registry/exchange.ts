import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { RegistryFailure } from "./failure.ts";

/** No byte in either direction for this long: the connection is dead, in ms. */
const silenceMs = 60_000;
/** Connections that one registry is asked over at one time. */
const connections = 16;

const agent = new Agent({ keepAlive: true, maxSockets: connections });
const secureAgent = new SecureAgent({ keepAlive: true, maxSockets: connections });

export interface Ask {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: Buffer | Readable;
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Where the answer came from. */
  readonly url: URL;
  readonly body: IncomingMessage;
}

/**
 * One request and the beginning of its answer. Rejects with a RegistryFailure, to be tried again, when the connection fails or
 * is cut; an answer that comes before the body was sent, a refusal, is what counts.
 */
export async function exchange({ method, url, headers, body, signal }: Ask): Promise<Answer> {
  const secure = url.protocol === "https:";
  const outgoing = (secure ? secureRequest : request)(url, {
    method,
    signal,
    timeout: silenceMs,
    agent: secure ? secureAgent : agent,
    headers: { ...headers },
  });
  outgoing.on("timeout", () => outgoing.destroy(new Error("it did not answer in time")));
  const answered = Promise.withResolvers<IncomingMessage>();
  outgoing.once("response", answered.resolve);
  outgoing.on("error", answered.reject);
  try {
    if (body === undefined || Buffer.isBuffer(body)) outgoing.end(body);
    else await Promise.race([pipeline(body, outgoing), answered.promise]);
    const message = await answered.promise;
    return { status: message.statusCode ?? 0, headers: message.headers, url, body: message };
  } catch (error) {
    outgoing.destroy();
    if (error instanceof RegistryFailure) throw error;
    throw connectionFailure(url, error);
  }
}

/** Reads an answer's body to its end, or fails when it is longer. @param limit bytes */
export async function bytesOf({ body, url }: Answer, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit)
        throw new RegistryFailure(`${url.host} sent more than ${limit} bytes where a manifest was asked for`, {
          retryable: false,
        });
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof RegistryFailure) throw error;
    throw connectionFailure(url, error);
  }
  return Buffer.concat(chunks);
}

/** Reads on to the end of an answer that nobody wants, so that its connection can be used again. */
export async function drop(answer: Answer): Promise<void> {
  await bytesOf(answer, 1_000_000).catch(() => answer.body.destroy());
}

function connectionFailure(url: URL, error: unknown): RegistryFailure {
  const { message, code } = error as NodeJS.ErrnoException;
  const certificate = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code ?? "");
  return new RegistryFailure(`the connection to ${url.host} failed: ${message || code}`, {
    retryable: !certificate,
    cause: error,
  });
}
