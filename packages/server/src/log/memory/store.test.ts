import { emptyHead } from "@sluice/core/log/chain.ts";
import { describe, expect, it } from "vitest";
import type { Clock } from "../../clock/clock.ts";
import { eventStoreContract } from "../contract.ts";
import { eventsAfter } from "../sample.ts";
import { createMemoryDatabase } from "./database.ts";
import { openMemory } from "./open.ts";

function setUp() {
  let now = 1_700_000_000_000;
  const clock: Clock = { now: () => now, wakeAt: () => () => {} };
  const database = createMemoryDatabase(clock);
  return {
    open: async () => openMemory(database).events,
    pass: async (ms: number) => {
      now += ms;
    },
    remove: async () => {},
  };
}

describe("the event store in memory", () => {
  eventStoreContract(async () => setUp());

  it("hands out events that nobody can change, and is not changed by those who appended them", async () => {
    const store = await setUp().open();
    const events = eventsAfter(emptyHead, 1);
    const before = structuredClone(events);
    await store.append("myapp", 0, events);
    Object.assign(events[0]?.data ?? {}, { number: -1 });
    const [read] = await store.read("myapp", 0);
    expect(read).toEqual(before[0]);
    expect(() => Object.assign(read?.data ?? {}, { number: -1 })).toThrow(TypeError);
  });
});
