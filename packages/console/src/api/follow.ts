import type { SealedEvent } from "@sluice/core/log/event.ts";
import { StreamReader } from "./event-stream.ts";
import { appPath, type RequestOptions, request } from "./request.ts";

/** The server sends at least a comment every 15 s; after three times that, in ms, a silent stream is a dead one. */
const silenceMs = 45_000;

export interface FollowOptions extends RequestOptions {
  readonly app: string;
  /** Number of the last event that is known already. */
  readonly after: number;
  readonly onOpen: () => void;
  readonly onEvents: (events: readonly SealedEvent[]) => void;
}

/**
 * Follows an application's log until the stream ends, by `signal` or otherwise. It is read with `fetch`, because an
 * `EventSource` cannot send the token.
 * @throws RequestFailed when the server says no; another error when the connection breaks or falls silent
 */
export async function follow({ app, after, onOpen, onEvents, ...options }: FollowOptions): Promise<void> {
  const silence = new AbortController();
  const response = await request(appPath(app, "events"), {
    token: options.token,
    signal: AbortSignal.any([options.signal, silence.signal]),
    headers: { accept: "text/event-stream", "last-event-id": String(after) },
  });
  if (response.body === null) return;
  onOpen();
  const reader = new StreamReader();
  const hush = () => setTimeout(() => silence.abort(), silenceMs);
  let timer = hush();
  const chunks = response.body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      const { done, value } = await chunks.read();
      if (done) return;
      clearTimeout(timer);
      timer = hush();
      const events = reader.read(value).map((message) => JSON.parse(message.data) as SealedEvent);
      if (events.length > 0) onEvents(events);
    }
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}
