import { emptyHead, type Head, isBroken, seal, verifyChain } from "@sluice/core/log/chain.ts";
import type { SealedEvent } from "@sluice/core/log/event.ts";
import type { EventStore } from "./store.ts";

const app = "myapp";
let made = 0;

/** For tests: events that follow on from `head`, no two alike. */
export function eventsAfter(head: Head, count: number, name = app): SealedEvent[] {
  const facts = Array.from({ length: count }, () => ({
    type: "IssueOpened",
    data: { number: ++made, note: "é\0\u2028" },
  }));
  return seal(name, head, facts, { at: 1_700_000_000_000 + made, actor: "test" });
}

/** Reads a whole log in pages and checks its chain. @returns the events. */
export async function readVerified(store: EventStore, name = app, page = 100): Promise<SealedEvent[]> {
  const all: SealedEvent[] = [];
  for (;;) {
    const events = await store.read(name, all.length, page);
    all.push(...events);
    if (events.length < page) break;
  }
  const verified = verifyChain(name, emptyHead, all);
  if (isBroken(verified)) throw new Error(`chain broken at ${verified.seq}: ${verified.reason}`);
  return all;
}

/** Where a log ends whose newest events these are. */
export function headAfter(events: readonly SealedEvent[]): Head {
  return events.at(-1) ?? emptyHead;
}
