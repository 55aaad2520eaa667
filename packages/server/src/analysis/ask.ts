import { type IncomingMessage, request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";

const largestBody = 1_048_576;
const mostRedirects = 5;

/** Nobody answers from memory: every measurement is a connection of its own that no cache may serve. */
const uncached = { "cache-control": "no-cache, no-store", pragma: "no-cache", "accept-encoding": "identity" };

/** An answer that came whole. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface Question {
  readonly url: URL;
  /** Sent along, but not to another server that is redirected to. */
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly followRedirects: boolean;
}

/** How a URL is asked. The simulation answers by itself. */
export type Ask = (question: Question) => Promise<Answer>;

/** Asks a URL once, with GET. Rejects when no whole answer came, or one of more than 1 MiB. */
export async function ask({ url, headers, signal, followRedirects }: Question): Promise<Answer> {
  const response = await open(url, headers, signal, followRedirects ? mostRedirects : 0);
  const body = await readBody(response);
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}

async function open(
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
  redirects: number,
): Promise<IncomingMessage> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = url.protocol === "https:" ? tlsRequest : plainRequest;
    request(url, { agent: false, signal, headers: { "user-agent": "sluice", ...headers, ...uncached } })
      .on("response", resolve)
      .on("error", reject)
      .end();
  });
  const { statusCode = 0, headers: answered } = response;
  if (redirects === 0 || answered.location === undefined || ![301, 302, 303, 307, 308].includes(statusCode))
    return response;
  response.destroy();
  const next = new URL(answered.location, url);
  if (next.protocol !== "http:" && next.protocol !== "https:")
    throw new Error(`redirects to ${next.protocol}, which is not followed`);
  // What was meant for one server is not for another.
  return open(next, next.origin === url.origin ? headers : {}, signal, redirects - 1);
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    size += chunk.length;
    if (size > largestBody) {
      response.destroy();
      throw new Error(`the answer is longer than ${largestBody} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** What went wrong, for people. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Several addresses were tried and none answered: Node leaves the message empty.
  if (error instanceof AggregateError) return error.errors.map(messageOf).join("; ");
  return error.message;
}
