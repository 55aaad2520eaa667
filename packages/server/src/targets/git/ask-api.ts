import { z } from "zod";
import { withDeadline } from "../../analysis/deadline.ts";
import type { Clock } from "../../clock/clock.ts";
import { TargetFailure } from "../failure.ts";

/** How long an answer may take, in ms, and how long it may be, in characters. */
const answerMs = 30_000;
const answerMax = 8_000_000;

export interface Api {
  /** `https://api.github.com`, without a slash at its end. */
  readonly address: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Asks an HTTP API for JSON. Rejects with a TargetFailure, that says whether it may pass, without what the headers hold. */
export async function askApi<Schema extends z.ZodType>(
  { address, headers, clock, signal }: Api,
  method: "GET" | "POST" | "PATCH" | "PUT",
  path: string,
  schema: Schema,
  body?: object,
): Promise<z.output<Schema>> {
  const { host } = new URL(address);
  return withDeadline(clock, answerMs, signal, async (within, why) => {
    const fail = (message: string, retryable: boolean, cause?: unknown) =>
      new TargetFailure(`${host}: ${message}`, { retryable, evidence: { asked: `${method} ${path}` }, cause });
    let status: number;
    let text: string;
    try {
      const answer = await fetch(`${address}${path}`, {
        method,
        headers: {
          accept: "application/json",
          ...headers,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        // Nobody is sent on to another host with the token of this one.
        redirect: "error",
        signal: within,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      status = answer.status;
      text = await readText(answer);
    } catch (error) {
      if (why() === "timeout") throw fail("did not answer within 30s", true, error);
      if (why() === "stopped") throw fail("the question was stopped", true, error);
      const { cause } = error as { cause?: { message?: string } };
      throw fail(`could not be reached: ${cause?.message ?? (error as Error).message}`, true, error);
    }
    if (status === 401 || status === 403)
      throw fail(`refuses the token, or what it may do (${status})${toldIn(text)}`, true);
    if (status >= 400)
      throw fail(
        `answers ${status} to ${method} ${path.split("?")[0]}${toldIn(text)}`,
        status >= 500 || status === 404 || status === 429 || status === 409,
      );
    const read = schema.safeParse(parsed(text));
    if (!read.success)
      throw fail(`does not answer as its API says: ${z.prettifyError(read.error).slice(0, 200)}`, true);
    return read.data;
  });
}

async function readText(answer: Response): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > answerMax) throw new Error("its answer is longer than 8 MB");
  }
  return text;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a forge says of a refusal, in the member where forges say it. */
function toldIn(text: string): string {
  const said = parsed(text) as { message?: unknown; error?: unknown } | undefined;
  const told = said?.message ?? said?.error;
  return told === undefined ? "" : `: ${(typeof told === "string" ? told : JSON.stringify(told)).slice(0, 200)}`;
}
