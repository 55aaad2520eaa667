import type { ServerResponse } from "node:http";
import type { Progress } from "../events.ts";
import type { Board } from "../notify/board.ts";
import type { Updater } from "../updater.ts";

/** So many may listen at a time. */
const maxListeners = 100;
/** A progress is sent after so many more bytes of a component, as a share. */
const progressStep = 0.01;

/** Streams what the agent does as server-sent events (WHATWG HTML, section 9.2): `state`, `progress`, `notification`. */
export function openStreams(updater: Updater, board: Board): { add(response: ServerResponse): boolean; end(): void } {
  const listeners = new Set<ServerResponse>();
  const send = (event: string, data: object): void => {
    for (const listener of listeners) listener.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  let sent = { component: "", bytes: 0 };
  const onProgress = (progress: Progress): void => {
    const step = progress.component === sent.component ? progress.bytes - sent.bytes : Number.POSITIVE_INFINITY;
    if (step < progress.total * progressStep && progress.bytes < progress.total) return;
    sent = progress;
    send("progress", progress);
  };
  const onState = (state: object): void => send("state", state);
  const onNotification = (notification: object): void => send("notification", notification);
  updater.events.on("progress", onProgress);
  updater.events.on("state", onState);
  board.events.on("notification", onNotification);
  return {
    add(response) {
      if (listeners.size >= maxListeners) return false;
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
      response.write(": the agent listens\n\n");
      listeners.add(response);
      response.once("close", () => listeners.delete(response));
      return true;
    },
    end() {
      updater.events.off("progress", onProgress);
      updater.events.off("state", onState);
      board.events.off("notification", onNotification);
      for (const listener of listeners) listener.end();
    },
  };
}
