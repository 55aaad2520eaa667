import type { SealedEvent } from "@sluice/core/log/event.ts";
import type { EventStore } from "../store.ts";
import { append } from "./append.ts";
import type { Connection } from "./connection.ts";
import { acquireLease, releaseLease } from "./leases.ts";
import { createNotifications } from "./notifications.ts";

// Steps from name to name along the primary key: its cost grows with the applications, not with their history.
const selectHeads = `
  WITH RECURSIVE apps(app) AS (
    SELECT min(app) FROM sluice_events
    UNION ALL
    SELECT (SELECT min(app) FROM sluice_events WHERE app > apps.app) FROM apps WHERE apps.app IS NOT NULL
  )
  SELECT e.app, e.seq, e.hash FROM apps
  JOIN sluice_events e ON e.app = apps.app AND e.seq = (SELECT max(seq) FROM sluice_events WHERE app = apps.app)
  ORDER BY e.app`;
const selectPage = "SELECT body FROM sluice_events WHERE app = $1 AND seq > $2 ORDER BY seq LIMIT $3";

/**
 * The log of every application in one PostgreSQL database, for any number of nodes.
 * @param channel on which the nodes tell each other of appends.
 */
export function createEventStore(connection: Connection, channel: string): EventStore {
  const heads = async () => {
    const rows = await connection.query<{ app: string; seq: string; hash: string }>(selectHeads);
    return rows.map(({ app, seq, hash }) => ({ app, seq: Number(seq), hash }));
  };
  const notifications = createNotifications(connection, channel, heads);
  return {
    append: (app, expectedSeq, events) => append(connection, channel, app, expectedSeq, events),
    async read(app, afterSeq, limit = 1_000) {
      const rows = await connection.query<{ body: string }>(selectPage, [app, afterSeq, limit]);
      return rows.map(({ body }) => JSON.parse(body) as SealedEvent);
    },
    heads,
    subscribe: notifications.subscribe,
    acquire: (name, holder, ttlMs) => acquireLease(connection, name, holder, ttlMs),
    release: (name, holder) => releaseLease(connection, name, holder),
    async close() {
      await notifications.close();
      await connection.close();
    },
  };
}
