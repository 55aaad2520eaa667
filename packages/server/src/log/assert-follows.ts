import { genesisHash } from "@sluice/core/log/chain.ts";
import type { SealedEvent } from "@sluice/core/log/event.ts";

/**
 * Checks what every store relies on: there are events, of this application, numbered on from `expectedSeq`, each chained to
 * the one before. Throws a TypeError otherwise: whoever made them has a bug, and nothing may be stored.
 * @returns the hash of the event that they follow, which the store's newest event must have.
 */
export function assertFollows(app: string, expectedSeq: number, events: readonly SealedEvent[]): string {
  const [first] = events;
  if (first === undefined) throw new TypeError(`nothing to append to the log of ${app}`);
  if (expectedSeq === 0 && first.prev !== genesisHash)
    throw new TypeError(`the first event of ${app} does not begin a chain`);
  let seq = expectedSeq;
  let { prev } = first;
  for (const event of events) {
    seq += 1;
    if (event.app !== app) throw new TypeError(`an event of ${event.app} does not belong in the log of ${app}`);
    if (event.seq !== seq) throw new TypeError(`event ${event.seq} of ${app} stands where number ${seq} belongs`);
    if (event.prev !== prev) throw new TypeError(`event ${seq} of ${app} is not chained to the one before`);
    prev = event.hash;
  }
  return first.prev;
}

/** The error for events that carry the right number and the wrong chain: sealed upon a log that is not this one. */
export function wrongChain(app: string, seq: number): TypeError {
  return new TypeError(`event ${seq + 1} of ${app} is not chained to the stored event ${seq}`);
}
