import type pg from "pg";
import { createListeners } from "../listeners.ts";
import type { EventStore } from "../store.ts";
import type { Connection } from "./connection.ts";
import { failureOf } from "./failure.ts";

/** Tells this node's subscribers of appends by every node. */
export interface Notifications {
  readonly subscribe: EventStore["subscribe"];
  close(): Promise<void>;
}

const retryMs = 250;

/**
 * Listens on a connection of its own, from the first subscriber on. When that breaks it is opened again, and since
 * notifications may have been missed meanwhile, subscribers are then told of every log.
 * @param heads where every log ends.
 */
export function createNotifications(
  connection: Connection,
  channel: string,
  heads: () => Promise<readonly { readonly app: string; readonly seq: number }[]>,
): Notifications {
  const listeners = createListeners();
  let listening: Promise<void> | undefined;
  let client: pg.Client | undefined;
  let retry: NodeJS.Timeout | undefined;
  let closed = false;

  const listen = async () => {
    const opened = connection.newClient();
    let lost = false;
    const onLost = () => {
      if (lost || closed || client !== opened) return;
      lost = true;
      opened.end().catch(() => {});
      again();
    };
    opened.on("error", onLost);
    opened.on("end", onLost);
    opened.on("notification", ({ payload }) => {
      const { app, seq } = JSON.parse(payload ?? "") as { app: string; seq: number };
      listeners.tell(app, seq);
    });
    try {
      await opened.connect();
      await opened.query(`LISTEN ${channel}`);
    } catch (error) {
      opened.end().catch(() => {});
      throw failureOf(error);
    }
    client = opened;
    if (closed) await opened.end();
  };

  const again = () => {
    retry = setTimeout(async () => {
      try {
        await listen();
        for (const { app, seq } of await heads()) listeners.tell(app, seq);
      } catch {
        if (!closed) again();
      }
    }, retryMs);
  };

  return {
    async subscribe(listener) {
      listening ??= listen().catch((error: unknown) => {
        listening = undefined;
        throw error;
      });
      await listening;
      return listeners.add(listener);
    },
    async close() {
      closed = true;
      clearTimeout(retry);
      await listening?.catch(() => {});
      await client?.end().catch(() => {});
    },
  };
}
