import type { SealedEvent } from "@sluice/core/log/event.ts";

/** How many events the page keeps; older ones are the audit log's business. */
export const feedLength = 300;

/** Adds what arrived to the feed, newest first; an event that is there already, as after a reconnection, is not added again. */
export function addToFeed(feed: readonly SealedEvent[], arrived: readonly SealedEvent[]): readonly SealedEvent[] {
  const last = feed[0]?.seq ?? 0;
  const fresh = arrived.filter((event) => event.seq > last).sort((a, b) => b.seq - a.seq);
  return fresh.length === 0 ? feed : [...fresh, ...feed].slice(0, feedLength);
}
