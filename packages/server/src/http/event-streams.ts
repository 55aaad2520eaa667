import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { SealedEvent } from "@sluice/core/log/event.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";

/** Events read from the store at once: what is kept in memory for a reader, besides its socket's own buffer. */
const pageSize = 50;
const streamsMax = 1_000;

interface StreamTimes {
  /** How often a comment is sent where nothing happens, in ms. */
  readonly heartbeatMs: number;
  /** How long a reader may take to make room, in ms, before it is cut off. It can go on from the last event it had. */
  readonly patienceMs: number;
}

/**
 * Live streams of the log as server-sent events (WHATWG HTML, 9.2). Each reads the store at its reader's pace, so that a slow
 * reader costs no memory.
 */
export class EventStreams {
  readonly #plane: ControlPlane;
  readonly #times: StreamTimes;
  readonly #open = new Set<ServerResponse>();

  constructor(plane: ControlPlane, times: StreamTimes = { heartbeatMs: 15_000, patienceMs: 30_000 }) {
    this.#plane = plane;
    this.#times = times;
  }

  get full(): boolean {
    return this.#open.size >= streamsMax;
  }

  /** Ends all of them; their readers come again, to this server or another. */
  end(): void {
    for (const response of this.#open) response.end();
  }

  /**
   * Sends an application's events after `afterSeq`, and those that follow, until the reader goes away or `allowed` is no
   * longer so.
   */
  async send(app: string, afterSeq: number, response: ServerResponse, allowed: () => boolean): Promise<void> {
    this.#open.add(response);
    let wake = () => {};
    const unsubscribe = this.#plane.onChange((changed) => {
      if (changed === app) wake();
    });
    const heartbeat = setInterval(() => {
      if (!allowed()) response.end();
      else if (!response.writableNeedDrain) response.write(":\n\n");
    }, this.#times.heartbeatMs);
    const closed = once(response, "close");
    try {
      response.writeHead(200, {
        "Content-Type": "text/event-stream; charset=utf-8",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "X-Accel-Buffering": "no",
      });
      response.write(":\n\n");
      let sent = afterSeq;
      while (isOpen(response)) {
        const grown = new Promise<void>((resolve) => {
          wake = resolve;
        });
        const events = await this.#plane.events.read(app, sent, pageSize);
        for (const event of events) {
          if (!isOpen(response)) return;
          if (!response.write(frame(event))) await this.#drained(response, closed);
          sent = event.seq;
        }
        if (events.length === 0) await Promise.race([grown, closed]);
      }
    } catch {
      // The reader was cut off, or the store failed: it comes again with the number of the last event it had.
      response.destroy();
    } finally {
      clearInterval(heartbeat);
      unsubscribe();
      this.#open.delete(response);
      response.end();
    }
  }

  async #drained(response: ServerResponse, closed: Promise<unknown>): Promise<void> {
    const signal = AbortSignal.timeout(this.#times.patienceMs);
    await Promise.race([once(response, "drain", { signal }), closed]);
  }
}

function frame(event: SealedEvent): string {
  return `id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

function isOpen(response: ServerResponse): boolean {
  return !response.destroyed && !response.writableEnded;
}
