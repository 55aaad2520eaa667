import { emptyHead, type Head } from "@sluice/core/log/chain.ts";
import type { SealedEvent } from "@sluice/core/log/event.ts";
import { assertFollows, wrongChain } from "../assert-follows.ts";
import type { EventStore } from "../store.ts";
import type { MemoryDatabase } from "./database.ts";
import { deepFreeze } from "./freeze.ts";
import { acquireLease, releaseLease } from "./leases.ts";

function headOf(log: readonly SealedEvent[]): Head {
  const last = log.at(-1);
  return last ? { seq: last.seq, hash: last.hash } : emptyHead;
}

/**
 * The log of every application in memory, as one node sees it. What it hands out cannot be changed by anybody.
 * @param assertOpen throws when this node's stores were closed.
 * @param onClose ends them.
 */
export function createEventStore(database: MemoryDatabase, assertOpen: () => void, onClose: () => void): EventStore {
  const { logs, listeners } = database;
  const subscriptions: (() => Promise<void>)[] = [];
  return {
    async append(app, expectedSeq, events) {
      assertOpen();
      const prev = assertFollows(app, expectedSeq, events);
      const log = logs.get(app) ?? [];
      const head = headOf(log);
      if (head.seq !== expectedSeq) return { ok: false, head };
      if (head.hash !== prev) throw wrongChain(app, expectedSeq);
      // Through JSON, as in every other store: what JSON leaves out is not kept here either.
      log.push(...events.map((event) => deepFreeze(JSON.parse(JSON.stringify(event)) as SealedEvent)));
      logs.set(app, log);
      listeners.tell(app, headOf(log).seq);
      return { ok: true };
    },
    async read(app, afterSeq, limit = 1_000) {
      assertOpen();
      return (logs.get(app) ?? []).slice(afterSeq, afterSeq + limit);
    },
    async heads() {
      assertOpen();
      return [...logs].map(([app, log]) => ({ app, ...headOf(log) })).sort((a, b) => (a.app < b.app ? -1 : 1));
    },
    async subscribe(listener) {
      assertOpen();
      const unsubscribe = listeners.add(listener);
      subscriptions.push(unsubscribe);
      return unsubscribe;
    },
    async acquire(name, holder, ttlMs) {
      assertOpen();
      return acquireLease(database, name, holder, ttlMs);
    },
    async release(name, holder) {
      assertOpen();
      releaseLease(database, name, holder);
    },
    async close() {
      onClose();
      await Promise.all(subscriptions.map((unsubscribe) => unsubscribe()));
    },
  };
}
