import { once } from "node:events";
import http, { type IncomingMessage } from "node:http";
import https from "node:https";

/** Connections are kept open between requests. Agents of one's own: no proxy is taken from the environment. */
const agents = { "http:": new http.Agent({ keepAlive: true }), "https:": new https.Agent({ keepAlive: true }) };

/**
 * Sends a request by HTTP; without a body it is a GET, with one a POST. Follows no redirect: what this client asks for has one address.
 * By `node:http`, because loading `fetch` alone takes a tenth of the memory of a whole update.
 * @returns the answer, whose body is still to come; it is cut off when the signal is aborted
 * @throws whatever the system or Node says of a connection that fails
 */
export async function send(
  url: URL,
  {
    headers,
    body,
    signal,
  }: {
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly signal: AbortSignal;
  },
): Promise<IncomingMessage> {
  const secure = url.protocol === "https:";
  for (;;) {
    const request = (secure ? https : http).request(url, {
      method: body === undefined ? "GET" : "POST",
      agent: secure ? agents["https:"] : agents["http:"],
      headers: {
        "user-agent": "sluice-updater",
        ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) }),
        ...headers,
      },
      signal,
    });
    // A failure after the headers comes with the body as well, where it is waited for.
    request.on("error", () => undefined);
    request.end(body);
    try {
      const [response] = await once(request, "response");
      return response;
    } catch (error) {
      // The server may close a kept connection at the moment it is used again; a new one says whether it is there.
      if (!(request.reusedSocket && (error as NodeJS.ErrnoException).code === "ECONNRESET")) throw error;
    }
  }
}

/**
 * Reads an answer's body whole.
 * @throws RangeError as soon as it is larger than `maxBytes`
 */
export async function bodyOf(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new RangeError(`the answer is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Why a request failed, in words. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || (error as NodeJS.ErrnoException).code || error.name;
}
