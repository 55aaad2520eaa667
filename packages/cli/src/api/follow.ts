import { setTimeout as delay } from "node:timers/promises";
import type { SealedEvent } from "@sluice/core/log/event.ts";
import { exitCodes, Failure } from "../failure.ts";
import { type Api, apiPath, unreachableServer } from "./api.ts";
import { failureOf } from "./problem.ts";

/** A connection on which not even a heartbeat (every 15 s) comes for this long is dead, in ms. */
const silenceMs = 45_000;

/** The longest event that is read, in characters. */
const eventLengthMax = 16_000_000;

/**
 * An application's events as they happen, from the one after `after` on, each exactly once and in order, for ever: a connection
 * that is lost is made again from where it was. Ends when `signal` is aborted; rejects when the server refuses.
 * @param onConnection told whenever the connection is there or lost
 */
export async function* followEvents(
  api: Api,
  app: string,
  options: { readonly after: number; readonly signal: AbortSignal; readonly onConnection?: (isThere: boolean) => void },
): AsyncGenerator<SealedEvent, void> {
  const { signal } = options;
  let seq = options.after;
  for (let pauseMs = 100; !signal.aborted; pauseMs = Math.min(2_000, pauseMs * 2)) {
    try {
      for await (const event of connection(api, app, seq, signal)) {
        if (event === "open") {
          options.onConnection?.(true);
          pauseMs = 100;
        } else if (event.seq > seq) {
          seq = event.seq;
          yield event;
        }
      }
    } catch (error) {
      if (signal.aborted) return;
      const failure = unreachableServer(api.url, error, signal);
      if (failure.exitCode !== exitCodes.unreachable && failure.exitCode !== exitCodes.failed) throw failure;
    }
    options.onConnection?.(false);
    await delay(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}

/** One connection: `open` once, then events until it ends. https://html.spec.whatwg.org/multipage/server-sent-events.html */
async function* connection(
  api: Api,
  app: string,
  after: number,
  stop: AbortSignal,
): AsyncGenerator<SealedEvent | "open", void> {
  const dead = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const isAlive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => dead.abort(), silenceMs);
  };
  isAlive();
  try {
    const response = await fetch(`${api.url}${apiPath("apps", app, "events")}?after=${after}`, {
      headers: {
        accept: "text/event-stream",
        "last-event-id": String(after),
        ...(api.token === undefined ? {} : { authorization: `Bearer ${api.token}` }),
      },
      redirect: "error",
      signal: AbortSignal.any([stop, dead.signal]),
    });
    if (!response.ok) throw failureOf(response.status, await response.text(), api.url);
    yield "open";
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of response.body ?? []) {
      isAlive();
      rest += decoder.decode(chunk, { stream: true });
      const blocks = rest.split(/\r?\n\r?\n/);
      rest = blocks.pop() ?? "";
      if (rest.length > eventLengthMax)
        throw new Failure(exitCodes.failed, "ANSWER_INVALID", "An event is too long to be read.");
      for (const block of blocks) yield* eventsIn(block);
    }
  } finally {
    clearTimeout(timer);
    dead.abort();
  }
}

function eventsIn(block: string): SealedEvent[] {
  const data = block
    .split(/\r?\n/)
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice("data:".length).replace(/^ /, ""));
  return data.length === 0 ? [] : [JSON.parse(data.join("\n")) as SealedEvent];
}
