import type { Fetcher } from "tuf-js";
import { DownloadHTTPError } from "tuf-js/dist/error.js";
import { ServerUnreachable, UpdaterError } from "../errors.ts";
import { type HttpAnswer, httpGet } from "./http-get.ts";

/**
 * Fetches metadata for tuf-js, which wraps some failures in texts of its own: the failure of the last fetch is kept here.
 * The fetcher that comes with tuf-js would follow redirects and write every answer to a temporary file.
 */
export class MetadataFetcher implements Fetcher {
  /** Why the last fetch failed; undefined when it did not. */
  failure: UpdaterError | undefined;
  readonly #timeoutMs: number;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  async downloadBytes(url: string, maxBytes: number): Promise<Buffer> {
    this.failure = undefined;
    try {
      const answer = await httpGet(url, { maxBytes, timeoutMs: this.#timeoutMs });
      if (answer.status === 200) return answer.body;
      this.failure = unexpectedStatus(url, answer);
      // By this error tuf-js knows that there is no newer root.
      throw new DownloadHTTPError(this.failure.message, answer.status);
    } catch (error) {
      if (error instanceof UpdaterError) this.failure = error;
      throw error;
    }
  }

  /** tuf-js uses this for targets, which are fetched apart: see `fetchTarget`. */
  downloadFile(): Promise<never> {
    return Promise.reject(new Error("targets are fetched into memory"));
  }
}

/** What an answer other than 200 means, for a person. */
export function unexpectedStatus(url: string, { status, retryAfterMs }: HttpAnswer): UpdaterError {
  const advice = status === 404 ? "is this the address of the application's feeds?" : "look at the server's log";
  return new ServerUnreachable(`${url} was answered with HTTP status ${status}: ${advice}`, { retryAfterMs });
}
