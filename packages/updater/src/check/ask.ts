import type { IncomingMessage } from "node:http";
import { isVersion } from "@sluice/core/release/version.ts";
import { z } from "zod";
import { ServerUnreachable } from "../errors.ts";
import { bodyOf, reasonOf, send } from "../http/request.ts";
import type { Ports } from "../ports/ports.ts";
import { retryAfterMs } from "../ports/retry-after.ts";

/** Longest that a check may take, ms, and largest answer that is read, bytes. */
const longestMs = 30_000;
const maxAnswerBytes = 1024 * 1024;

/** What the updater uses of the server's answer. None of it is trusted: what is installed follows from signed data. */
const answerSchema = z.object({
  updateAvailable: z.boolean(),
  version: z.string().refine(isVersion).optional(),
  mandatory: z.boolean().default(false),
  rollback: z.boolean().default(false),
  releaseNotes: z.string().max(2_000).optional(),
  nextCheckSeconds: z.number().positive().optional(),
  reason: z.string().max(2_000).optional(),
  detail: z.string().max(2_000).optional(),
});

export type Answer = z.infer<typeof answerSchema>;

/**
 * Asks a server for updates, and remembers its last answer for as long as the question is the same (`If-None-Match`).
 * @param token proves that it is a client, where the server lets only those in to a release that is tried; without it, it asks all the same
 */
export function openAsking(
  server: string,
  ports: Ports,
  token: () => Promise<string | undefined> = async () => undefined,
  timeoutMs = longestMs,
): (headers: Record<string, string>, signal?: AbortSignal) => Promise<Answer> {
  const url = new URL("api/v1/updates/check", server);
  let known: { question: string; etag: string; answer: Answer } | undefined;
  return async (headers, signal) => {
    const question = JSON.stringify(headers);
    const etag = known?.question === question ? known.etag : undefined;
    const secret = await token().catch(() => undefined);
    const timeout = AbortSignal.timeout(timeoutMs);
    let response: IncomingMessage;
    let body: string;
    try {
      response = await send(url, {
        headers: {
          accept: "application/json",
          ...headers,
          ...(etag === undefined ? {} : { "if-none-match": etag }),
          ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }),
        },
        signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
      });
      body = (await bodyOf(response, maxAnswerBytes)).toString("utf8");
    } catch (error) {
      signal?.throwIfAborted();
      const why = timeout.aborted ? `no answer in ${timeoutMs} ms` : reasonOf(error);
      throw new ServerUnreachable(`The update server ${url.origin} cannot be asked: ${why}`, { cause: error });
    }
    if (response.statusCode === 304 && known !== undefined && etag !== undefined) return known.answer;
    if (response.statusCode !== 200)
      throw new ServerUnreachable(
        `The update server ${url.origin} answered the check with ${response.statusCode}${problem(body)}`,
        { retryAfterMs: retryAfterMs(response.headers["retry-after"], ports.clock.now()) },
      );
    const answer = parse(body, url);
    if (answer === undefined)
      throw new ServerUnreachable(`${url.origin} answered the check with something else than an update server would`);
    const tag = response.headers.etag;
    known = tag === undefined ? undefined : { question, etag: tag, answer };
    return answer;
  };
}

function parse(body: string, base: URL): Answer | undefined {
  try {
    const answer = answerSchema.safeParse(JSON.parse(body)).data;
    // A server behind a proxy does not know its own address, so it may name the notes relative to it.
    const notes = answer?.releaseNotes === undefined ? null : URL.parse(answer.releaseNotes, base);
    return answer === undefined || notes === null ? answer : { ...answer, releaseNotes: notes.href };
  } catch {
    return undefined;
  }
}

/** The `detail` of an RFC 9457 problem, for the message. */
function problem(body: string): string {
  try {
    const { detail } = JSON.parse(body) as { detail?: unknown };
    return typeof detail === "string" ? `: ${detail.slice(0, 500)}` : "";
  } catch {
    return "";
  }
}
