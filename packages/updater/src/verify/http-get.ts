import { UpdaterError } from "../errors.ts";
import { bodyOf, send } from "../http/request.ts";
import { retryAfterMs } from "../ports/retry-after.ts";

export interface HttpAnswer {
  readonly status: number;
  /** Empty unless the status is 200. */
  readonly body: Buffer;
  /** How long the server asks to be left alone, ms. */
  readonly retryAfterMs?: number | undefined;
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
    const response = await send(new URL(address), { headers: { accept: "application/json" }, signal });
    const status = response.statusCode ?? 0;
    if (status === 200) return { status, body: await bodyOf(response, options.maxBytes) };
    response.destroy();
    return { status, body: Buffer.alloc(0), retryAfterMs: retryAfterMs(response.headers["retry-after"], Date.now()) };
  } catch (error) {
    if (error instanceof RangeError)
      throw new UpdaterError(
        "UNTRUSTED",
        `${address} sends more than the ${options.maxBytes} bytes it may have: somebody tries to fill this machine's memory, or changed the file`,
      );
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
