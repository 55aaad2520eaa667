import type { SealedEvent } from "@sluice/core/log/event.ts";
import { expect, test } from "vitest";
import { backoffMs } from "./backoff.ts";
import { addToFeed, feedLength } from "./feed.ts";

function event(seq: number): SealedEvent {
  return { app: "app", seq, at: "2024-03-15T10:00:00.000Z", actor: "ci", type: "Any", data: {}, prev: "", hash: "" };
}

const seqs = (feed: readonly SealedEvent[]) => feed.map(({ seq }) => seq);

test("what arrived stands on top, newest first, once", () => {
  const feed = addToFeed(addToFeed([], [event(1), event(2)]), [event(2), event(3), event(4)]);
  expect(seqs(feed)).toEqual([4, 3, 2, 1]);
  expect(addToFeed(feed, [event(4)])).toBe(feed);
});

test("the feed does not grow without end", () => {
  const all = Array.from({ length: feedLength + 50 }, (_, i) => event(i + 1));
  const feed = addToFeed([], all);
  expect(feed).toHaveLength(feedLength);
  expect(feed[0]?.seq).toBe(feedLength + 50);
});

test("attempts come at 1, 2, 4, 8 and then every 15 s", () => {
  expect([1, 2, 3, 4, 5, 50].map(backoffMs)).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
});
