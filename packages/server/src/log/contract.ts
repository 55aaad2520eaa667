import { emptyHead, type Head } from "@sluice/core/log/chain.ts";
import type { SealedEvent } from "@sluice/core/log/event.ts";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { eventsAfter, headAfter, readVerified } from "./sample.ts";
import type { EventStore } from "./store.ts";

/** One database to try a store on. */
export interface StoreSetup {
  /** Opens a store on the database; called again, another one on the same database. */
  open(): Promise<EventStore>;
  /** Lets time pass for the store's clock. */
  pass(ms: number): Promise<void>;
  /** Removes the database; every store on it is closed. */
  remove(): Promise<void>;
}

export interface ContractOptions {
  /** Why only one store at a time may be open on a database; without it, several may. */
  readonly aloneBecause?: string;
}

const app = "myapp";

/** What every EventStore must do. @param setUp makes a fresh, empty database. */
export function eventStoreContract(setUp: () => Promise<StoreSetup>, options: ContractOptions = {}): void {
  let setup: StoreSetup;
  let store: EventStore;
  const opened: EventStore[] = [];
  const open = async () => {
    const another = await setup.open();
    opened.push(another);
    return another;
  };

  beforeEach(async () => {
    setup = await setUp();
    store = await open();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close()));
    await setup.remove();
  });

  describe("append", () => {
    it("stores events as they were sealed", async () => {
      const events = eventsAfter(emptyHead, 3);
      expect(await store.append(app, 0, events)).toEqual({ ok: true });
      expect(await store.read(app, 0)).toEqual(events);
    });

    it("refuses what does not follow on from the newest event, and stores nothing of it", async () => {
      const first = eventsAfter(emptyHead, 2);
      await store.append(app, 0, first);
      const { seq, hash } = headAfter(first);
      expect(await store.append(app, 0, eventsAfter(emptyHead, 1))).toEqual({ ok: false, head: { seq, hash } });
      expect(await store.append(app, 5, eventsAfter({ seq: 5, hash }, 2))).toEqual({ ok: false, head: { seq, hash } });
      expect(await store.append("other", 5, eventsAfter({ seq: 5, hash }, 1, "other"))).toEqual({
        ok: false,
        head: emptyHead,
      });
      expect(await store.read(app, 0)).toEqual(first);
      expect(await store.read("other", 0)).toEqual([]);
    });

    it("throws for events that do not follow on from each other, and stores nothing of them", async () => {
      const [one, two, three] = eventsAfter(emptyHead, 3) as [SealedEvent, SealedEvent, SealedEvent];
      const fresh = eventsAfter(emptyHead, 1);
      const wrong: [number, SealedEvent[]][] = [
        [0, []],
        [0, [one, three]],
        [0, [two]],
        [0, [one, one]],
        [0, [one, { ...two, prev: three.hash }]],
        [0, [{ ...one, prev: two.hash }]],
        [0, eventsAfter(emptyHead, 1, "other")],
      ];
      for (const [expectedSeq, events] of wrong)
        await expect(store.append(app, expectedSeq, events)).rejects.toThrow(TypeError);
      expect(await store.read(app, 0)).toEqual([]);
      await store.append(app, 0, fresh);
      await expect(store.append(app, 1, [two])).rejects.toThrow(/not chained to the stored event 1/);
      expect(await store.read(app, 0)).toEqual(fresh);
    });

    it("lets many append to one application at a time: no gap, none twice, none lost", async () => {
      const appenders = 50;
      const each = 4;
      const appendAll = async () => {
        let head: Head = emptyHead;
        for (let done = 0; done < each; ) {
          const events = eventsAfter(head, 2);
          const result = await store.append(app, head.seq, events);
          if (result.ok) done += 1;
          head = result.ok ? headAfter(events) : result.head;
        }
      };
      await Promise.all(Array.from({ length: appenders }, appendAll));
      const all = await readVerified(store);
      expect(all.length).toBe(appenders * each * 2);
      expect(new Set(all.map((event) => event.data.number)).size).toBe(all.length);
    });

    it("keeps applications apart, also when some of what waits is refused", async () => {
      const names = Array.from({ length: 20 }, (_, i) => `app-${String(i).padStart(2, "0")}`);
      const results = await Promise.all(
        names.flatMap((name, i) => [
          store.append(name, 0, eventsAfter(emptyHead, i + 1, name)).then((result) => result.ok),
          store.append(name, 900, eventsAfter({ seq: 900, hash: "f".repeat(64) }, 1, name)).then((result) => result.ok),
          store.append(name, i + 1, eventsAfter({ seq: i + 1, hash: "f".repeat(64) }, 1, name)).catch(() => "thrown"),
        ]),
      );
      for (let i = 0; i < names.length; i++) expect(results.slice(i * 3, i * 3 + 2)).toEqual([true, false]);
      const heads = await store.heads();
      expect(heads.map((head) => [head.app, head.seq])).toEqual(names.map((name, i) => [name, i + 1]));
      for (const [i, name] of names.entries()) expect((await readVerified(store, name)).length).toBe(i + 1);
    });
  });

  describe("read", () => {
    it("reads in pages, in order", async () => {
      const events = eventsAfter(emptyHead, 25);
      await store.append(app, 0, events);
      expect(await store.read(app, 0, 10)).toEqual(events.slice(0, 10));
      expect(await store.read(app, 10, 10)).toEqual(events.slice(10, 20));
      expect(await store.read(app, 20, 10)).toEqual(events.slice(20));
      expect(await store.read(app, 25, 10)).toEqual([]);
      expect(await store.read("nobody", 0)).toEqual([]);
    });

    it("reads 1,000 events unless told otherwise", async () => {
      await store.append(app, 0, eventsAfter(emptyHead, 1_003));
      expect((await store.read(app, 0)).length).toBe(1_000);
      expect((await store.read(app, 1_000)).length).toBe(3);
    });

    it("tells where every log ends", async () => {
      expect(await store.heads()).toEqual([]);
      for (const name of ["b", "a", "B"]) {
        const events = eventsAfter(emptyHead, 2, name);
        await store.append(name, 0, events);
      }
      const heads = await store.heads();
      expect(heads.map((head) => head.app)).toEqual(["B", "a", "b"]);
      const [last] = await store.read("a", 1);
      expect(heads[1]).toEqual({ app: "a", seq: 2, hash: last?.hash });
    });
  });

  describe("subscribe", () => {
    it("tells every listener of every append, until it is ended", async () => {
      const first = vi.fn<(name: string, seq: number) => void>();
      const second = vi.fn<(name: string, seq: number) => void>();
      const end = await store.subscribe(first);
      await store.subscribe(second);
      const events = eventsAfter(emptyHead, 2);
      await store.append(app, 0, events);
      await vi.waitFor(() => {
        expect(first).toHaveBeenCalledWith(app, 2);
        expect(second).toHaveBeenCalledWith(app, 2);
      });
      await end();
      first.mockClear();
      await store.append(app, 2, eventsAfter(headAfter(events), 1));
      await vi.waitFor(() => expect(second).toHaveBeenCalledWith(app, 3));
      expect(first).not.toHaveBeenCalled();
    });

    // What only one node has open has no other node to tell of.
    if (options.aloneBecause === undefined)
      it("tells of appends by another node", async () => {
        const heard = vi.fn<(name: string, seq: number) => void>();
        await store.subscribe(heard);
        const other = await open();
        await other.append(app, 0, eventsAfter(emptyHead, 1));
        await vi.waitFor(() => expect(heard).toHaveBeenCalledWith(app, 1), { timeout: 10_000 });
      });
  });

  describe("leases", () => {
    const longMs = 600_000;

    it("are held by one at a time, who may renew", async () => {
      const lease = await store.acquire("controller", "node-1", longMs);
      expect(lease).toMatchObject({ name: "controller", holder: "node-1" });
      expect(await store.acquire("controller", "node-2", longMs)).toBeUndefined();
      const renewed = await store.acquire("controller", "node-1", longMs + 1_000);
      expect(renewed?.fence).toBe(lease?.fence);
      expect(renewed?.expiresAt).toBeGreaterThan(lease?.expiresAt ?? Number.POSITIVE_INFINITY);
      expect(await store.acquire("another", "node-2", longMs)).toMatchObject({ holder: "node-2" });
    });

    it("go to exactly one of many who ask at once", async () => {
      const asked = await Promise.all(Array.from({ length: 20 }, (_, i) => store.acquire("l", `node-${i}`, longMs)));
      expect(asked.filter((lease) => lease !== undefined).length).toBe(1);
    });

    it("end when they expire, and the fence grows", async () => {
      const lease = await store.acquire("l", "node-1", 200);
      await setup.pass(250);
      const next = await store.acquire("l", "node-2", 200);
      expect(next?.fence).toBeGreaterThan(lease?.fence ?? Number.POSITIVE_INFINITY);
      await setup.pass(250);
      const again = await store.acquire("l", "node-2", longMs);
      expect(again?.fence).toBeGreaterThan(next?.fence ?? Number.POSITIVE_INFINITY);
      expect(await store.acquire("l", "node-1", longMs)).toBeUndefined();
    });

    it("can be given back by their holder alone, and the fence grows", async () => {
      const lease = await store.acquire("l", "node-1", longMs);
      await store.release("l", "node-2");
      expect(await store.acquire("l", "node-2", longMs)).toBeUndefined();
      await store.release("l", "node-1");
      const next = await store.acquire("l", "node-2", longMs);
      expect(next?.fence).toBeGreaterThan(lease?.fence ?? Number.POSITIVE_INFINITY);
      await store.release("nobody's", "node-1");
    });
  });

  describe("close", () => {
    it("finishes what was asked, and refuses what comes after", async () => {
      const events = eventsAfter(emptyHead, 1);
      const appended = store.append(app, 0, events);
      const closed = store.close();
      expect(await appended).toEqual({ ok: true });
      await closed;
      await store.close();
      await expect(store.read(app, 0)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
      await expect(store.append(app, 1, eventsAfter(headAfter(events), 1))).rejects.toMatchObject({
        code: "STORE_UNAVAILABLE",
      });
    });

    it("loses nothing: opened again, everything is there", async () => {
      const events = eventsAfter(emptyHead, 5);
      await store.append(app, 0, events);
      const lease = await store.acquire("l", "node-1", 600_000);
      await store.close();
      const again = await open();
      expect(await again.read(app, 0)).toEqual(events);
      const { seq, hash } = headAfter(events);
      expect(await again.heads()).toEqual([{ app, seq, hash }]);
      expect(await again.acquire("l", "node-2", 1_000)).toBeUndefined();
      expect((await again.acquire("l", "node-1", 1_000))?.fence).toBe(lease?.fence);
      expect(await again.append(app, seq, eventsAfter({ seq, hash }, 1))).toEqual({ ok: true });
    });
  });
}
