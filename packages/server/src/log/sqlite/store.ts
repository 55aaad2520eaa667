import type { SealedEvent } from "@sluice/core/log/event.ts";
import type { Clock } from "../../clock/clock.ts";
import { assertFollows } from "../assert-follows.ts";
import { createListeners } from "../listeners.ts";
import type { EventStore } from "../store.ts";
import type { Connection } from "./connection.ts";

/** The log of every application in one SQLite database. Subscribers are told of what this very store appended. */
export function createEventStore(connection: Connection, clock: Clock): EventStore {
  const listeners = createListeners();
  return {
    async append(app, expectedSeq, events) {
      const prev = assertFollows(app, expectedSeq, events);
      const rows = events.map((event) => ({ hash: event.hash, body: JSON.stringify(event) }));
      const result = await connection.call("append", app, expectedSeq, prev, rows);
      if (result.ok) listeners.tell(app, expectedSeq + events.length);
      return result;
    },
    async read(app, afterSeq, limit = 1_000) {
      const bodies = await connection.call("read", app, afterSeq, limit);
      return bodies.map((body) => JSON.parse(body) as SealedEvent);
    },
    heads: () => connection.call("heads"),
    subscribe: async (listener) => listeners.add(listener),
    acquire: (name, holder, ttlMs) => connection.call("acquire", name, holder, ttlMs, clock.now()),
    release: (name, holder) => connection.call("release", name, holder),
    close: () => connection.close(),
  };
}
