import { type Millis, rfc3339 } from "../time/instant.ts";
import { canonicalJson } from "./canonical.ts";
import { sha256Hex } from "./digest.ts";
import type { Fact, SealedEvent } from "./event.ts";

/** `prev` of an application's first event. */
export const genesisHash = "0".repeat(64);

/** Where a log ends: the number and hash of its last event. */
export interface Head {
  readonly seq: number;
  readonly hash: string;
}

export const emptyHead: Head = { seq: 0, hash: genesisHash };

function hashOf(event: Omit<SealedEvent, "hash">): string {
  const { app, seq, at, actor, type, data, prev } = event;
  return sha256Hex(canonicalJson({ app, seq, at, actor, type, data, prev }));
}

/** Gives facts their numbers and hashes, following on from `head`. */
export function seal(
  app: string,
  head: Head,
  facts: readonly Fact[],
  meta: { readonly at: Millis; readonly actor: string },
): SealedEvent[] {
  const at = rfc3339(meta.at);
  let { seq, hash: prev } = head;
  return facts.map((fact) => {
    const unsealed = {
      app,
      seq: ++seq,
      at,
      actor: meta.actor,
      type: fact.type,
      data: fact.data as SealedEvent["data"],
      prev,
    };
    const event = { ...unsealed, hash: hashOf(unsealed) };
    prev = event.hash;
    return event;
  });
}

/** The first place at which a log is not what was written. */
export interface BrokenLink {
  readonly seq: number;
  readonly reason:
    | "wrong application"
    | "number missing or out of order"
    | "does not follow the event before"
    | "content does not match its hash";
}

/**
 * Checks events that follow on from `head`, recomputing every hash.
 * @returns the head after them, or the first broken link.
 */
export function verifyChain(app: string, head: Head, events: Iterable<SealedEvent>): Head | BrokenLink {
  let { seq, hash } = head;
  for (const event of events) {
    if (event.seq !== seq + 1) return { seq: seq + 1, reason: "number missing or out of order" };
    if (event.app !== app) return { seq: event.seq, reason: "wrong application" };
    if (event.prev !== hash) return { seq: event.seq, reason: "does not follow the event before" };
    if (hashOf(event) !== event.hash) return { seq: event.seq, reason: "content does not match its hash" };
    seq = event.seq;
    hash = event.hash;
  }
  return { seq, hash };
}

export function isBroken(result: Head | BrokenLink): result is BrokenLink {
  return "reason" in result;
}
