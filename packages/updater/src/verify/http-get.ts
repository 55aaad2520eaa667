import { once } from "node:events";
import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import { UpdaterError } from "../errors.ts";

/** Connections are kept open between requests. Agents of one's own: no proxy is taken from the environment. */
const agents = { "http:": new http.Agent({ keepAlive: true }), "https:": new https.Agent({ keepAlive: true }) };

export interface HttpAnswer {
  readonly status: number;
  /** Empty unless the status is 200. */
  readonly body: Buffer;
}

/**
 * Fetches a small file whole. Follows no redirect: signed files have one address.
 * @param options.timeoutMs for the whole of it, so that a server cannot keep a client waiting by sending drop by drop
 * @throws UpdaterError SERVER_UNREACHABLE, or UNTRUSTED as soon as the body exceeds `maxBytes`.
 */
export async function httpGet(
  address: string,
  options: { readonly maxBytes: number; readonly timeoutMs: number },
): Promise<HttpAnswer> {
  const signal = AbortSignal.timeout(options.timeoutMs);
  try {
    const response = await respond(new URL(address), signal);
    const status = response.statusCode ?? 0;
    if (status === 200) return { status, body: await readBody(address, response, options.maxBytes) };
    response.destroy();
    return { status, body: Buffer.alloc(0) };
  } catch (error) {
    if (error instanceof UpdaterError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    const reason = signal.aborted ? `no whole answer within ${options.timeoutMs} ms` : code;
    throw new UpdaterError(
      "SERVER_UNREACHABLE",
      `${address} could not be fetched (${reason}): is the server running?`,
      {
        cause: error,
      },
    );
  }
}

async function respond(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
  const secure = url.protocol === "https:";
  for (;;) {
    const request = (secure ? https : http).get(url, {
      agent: secure ? agents["https:"] : agents["http:"],
      headers: { accept: "application/json", "user-agent": "sluice-updater" },
      signal,
    });
    // A failure after the headers comes with the body as well, where it is waited for.
    request.on("error", () => undefined);
    try {
      const [response] = await once(request, "response");
      return response;
    } catch (error) {
      // The server may close a kept connection at the moment it is used again; a new one says whether it is there.
      if (!(request.reusedSocket && (error as NodeJS.ErrnoException).code === "ECONNRESET")) throw error;
    }
  }
}

async function readBody(address: string, response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response) {
    length += chunk.length;
    if (length > maxBytes) {
      throw new UpdaterError(
        "UNTRUSTED",
        `${address} sends more than the ${maxBytes} bytes it may have: somebody tries to fill this machine's memory, or changed the file`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
