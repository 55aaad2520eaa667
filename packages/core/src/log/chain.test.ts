import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BrokenLink, emptyHead, genesisHash, isBroken, seal, verifyChain } from "./chain.ts";
import type { SealedEvent } from "./event.ts";

const at = 1_710_496_800_000;
const facts = Array.from({ length: 6 }, (_, i) => ({
  type: "ThingHappened",
  data: { n: i, text: `été ${i}`, none: undefined },
}));
const events = seal("myapp", emptyHead, facts, { at, actor: "alice" });

/** The log with its event of number `seq` changed. */
function changed(seq: number, change: Partial<SealedEvent>): SealedEvent[] {
  return events.map((event) => (event.seq === seq ? { ...event, ...change } : event));
}

const firstBroken = (log: readonly SealedEvent[], app = "myapp") => verifyChain(app, emptyHead, log);
const broken = (seq: number, reason: BrokenLink["reason"]): BrokenLink => ({ seq, reason });

describe("seal", () => {
  test("numbers events from 1 and chains each to the one before", () => {
    expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(events[0]).toMatchObject({
      app: "myapp",
      at: "2024-03-15T10:00:00.000Z",
      actor: "alice",
      type: "ThingHappened",
      prev: genesisHash,
    });
    for (const [i, event] of events.entries()) if (i > 0) expect(event.prev).toBe(events[i - 1]?.hash);
  });

  test("gives the hash that anybody else computes over the canonical form", () => {
    const [event] = seal("a", emptyHead, [{ type: "T", data: { b: 1, a: "é" } }], { at, actor: "x" });
    // printf '{"actor":"x","app":"a","at":"2024-03-15T10:00:00.000Z","data":{"a":"é","b":1},"prev":"000…000","seq":1,"type":"T"}' | sha256sum
    expect(event?.hash).toBe("20820499396c68d595206f22441baaa562d8382bdad5e166bfd7773c6d4b7879");
  });

  test("follows on from a head, so that it does not matter how many are sealed at a time", () => {
    const first = seal("myapp", emptyHead, facts.slice(0, 2), { at, actor: "alice" });
    const { seq, hash } = first.at(-1) ?? emptyHead;
    expect([...first, ...seal("myapp", { seq, hash }, facts.slice(2), { at, actor: "alice" })]).toEqual(events);
  });

  test("seals nothing where nothing happened", () =>
    expect(seal("myapp", emptyHead, [], { at, actor: "alice" })).toEqual([]));
});

describe("verifyChain", () => {
  test("accepts what was sealed, also from its text and in parts", () => {
    const read: SealedEvent[] = events.map((event) => JSON.parse(JSON.stringify(event)));
    const head = { seq: 6, hash: events[5]?.hash };
    expect(firstBroken(read)).toEqual(head);
    const half = verifyChain("myapp", emptyHead, read.slice(0, 3));
    expect(isBroken(half) ? half : verifyChain("myapp", half, read.slice(3))).toEqual(head);
    expect(verifyChain("myapp", emptyHead, [])).toEqual(emptyHead);
  });

  test.each<[string, Partial<SealedEvent>, BrokenLink["reason"]]>([
    ["app", { app: "other" }, "wrong application"],
    ["at", { at: "2024-03-15T10:00:00.001Z" }, "content does not match its hash"],
    ["actor", { actor: "mallory" }, "content does not match its hash"],
    ["type", { type: "ThingUndone" }, "content does not match its hash"],
    ["data", { data: { n: 2, text: "été 2!" } }, "content does not match its hash"],
    ["data, one member more", { data: { n: 2, text: "été 2", more: null } }, "content does not match its hash"],
    ["data, one member less", { data: { n: 2 } }, "content does not match its hash"],
    ["prev", { prev: genesisHash }, "does not follow the event before"],
    ["hash", { hash: "0".repeat(64) }, "content does not match its hash"],
  ])("names the event whose %s was changed", (_, change, reason) => {
    expect(firstBroken(changed(3, change))).toEqual(broken(3, reason));
  });

  test("names the place where a number was changed", () => {
    expect(firstBroken(changed(3, { seq: 7 }))).toEqual(broken(3, "number missing or out of order"));
  });

  test("names the event after one whose hash was made to fit", () => {
    const forged = seal(
      "myapp",
      { seq: 2, hash: events[1]?.hash ?? "" },
      [{ type: "ThingHappened", data: { n: 99 } }],
      { at, actor: "alice" },
    );
    expect(firstBroken([...events.slice(0, 2), ...forged, ...events.slice(3)])).toEqual(
      broken(4, "does not follow the event before"),
    );
  });

  test("names the place where an event is missing, doubled or out of order", () => {
    const [first, second, third, fourth] = events as [SealedEvent, SealedEvent, SealedEvent, SealedEvent];
    const out = "number missing or out of order";
    expect(firstBroken(events.filter(({ seq }) => seq !== 1))).toEqual(broken(1, out));
    expect(firstBroken(events.filter(({ seq }) => seq !== 4))).toEqual(broken(4, out));
    expect(firstBroken([first, second, second])).toEqual(broken(3, out));
    expect(firstBroken([first, third, second, fourth])).toEqual(broken(2, out));
  });

  test("does not accept another application's log", () =>
    expect(firstBroken(events, "other")).toEqual(broken(1, "wrong application")));

  test("no change of any value goes unseen", () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 5 }),
        fc.constantFrom("app", "at", "actor", "type", "prev", "hash"),
        fc.string(),
        (i, field, value) => {
          fc.pre(events[i]?.[field as "app"] !== value);
          expect(firstBroken(changed(i + 1, { [field]: value }))).toMatchObject({ seq: i + 1 });
        },
      ),
      { numRuns: 200 },
    );
  });
});
