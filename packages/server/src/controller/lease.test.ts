import { OperationalError } from "@sluice/core/errors/operational-error.ts";
import { afterEach, expect, test } from "vitest";
import type { Clock } from "../clock/clock.ts";
import type { EventStore } from "../log/store.ts";
import { Leadership } from "./lease.ts";

/** One store's lease and a clock that is moved by hand. */
function house() {
  let now = 1_000_000;
  let lease: { holder: string; expiresAt: number } | undefined;
  const timers = new Set<{ at: number; wake: () => void }>();
  const unavailable = new Set<string>();
  const clock: Clock = {
    now: () => now,
    wakeAt(at, wake) {
      const timer = { at, wake };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  };
  const events = (node: string): Pick<EventStore, "acquire" | "release"> => ({
    async acquire(name, holder, ttlMs) {
      if (unavailable.has(node)) throw new OperationalError("STORE_UNAVAILABLE", "not now", { retryable: true });
      if (lease !== undefined && lease.holder !== holder && lease.expiresAt > now) return undefined;
      lease = { holder, expiresAt: now + ttlMs };
      return { name, fence: 1, ...lease };
    },
    async release(_name, holder) {
      if (lease?.holder === holder) lease = undefined;
    },
  });
  const leading = new Set<string>();
  const node = (name: string) => {
    const options = {
      clock,
      holder: name,
      events: events(name) as EventStore,
      start: () => void leading.add(name),
      stop: async () => void leading.delete(name),
      failed: () => {},
    };
    return new Leadership(options);
  };
  /** Lets time pass, one timer at a time. */
  const pass = async (ms: number) => {
    const end = now + ms;
    for (;;) {
      const [next] = [...timers].filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      timers.delete(next);
      now = Math.max(now, next.at);
      next.wake();
      for (let i = 0; i < 20; i++) await Promise.resolve();
      expect(leading.size).toBeLessThanOrEqual(1);
    }
    now = end;
  };
  return { node, pass, leading, unavailable };
}

const open: Leadership[] = [];
afterEach(async () => {
  for (const leadership of open.splice(0)) await leadership.end();
});

test("one leads, the other takes over at once when it goes, in time when it dies, never beside it", async () => {
  const { node, pass, leading, unavailable } = house();
  const [a, b] = [node("a"), node("b")];
  open.push(a, b);
  await a.begin();
  await b.begin();
  expect([a.leads, b.leads]).toEqual([true, false]);
  await pass(60_000);
  expect([...leading]).toEqual(["a"]);
  unavailable.add("a");
  await pass(20_000);
  expect([...leading]).toEqual(["b"]);
  unavailable.delete("a");
  await pass(20_000);
  expect([...leading]).toEqual(["b"]);
  await b.end();
  await pass(3_000);
  expect([...leading]).toEqual(["a"]);
});

test("a node that cannot ask stops before its lease is over", async () => {
  const { node, pass, leading, unavailable } = house();
  const a = node("a");
  open.push(a);
  await a.begin();
  unavailable.add("a");
  await pass(6_500);
  expect([...leading]).toEqual(["a"]);
  await pass(3_400);
  expect([...leading]).toEqual([]);
});

test("the same name again takes up its own lease", async () => {
  const { node, leading } = house();
  const dead = node("data-folder");
  const next = node("data-folder");
  open.push(dead, next);
  await dead.begin();
  await next.begin();
  expect(next.leads).toBe(true);
  expect([...leading]).toEqual(["data-folder"]);
});

test("what a node is granted after it was told to end, it gives back", async () => {
  const { node, leading } = house();
  const [a, b] = [node("a"), node("b")];
  open.push(a, b);
  const begun = a.begin();
  await a.end();
  await begun;
  await b.begin();
  expect([...leading]).toEqual(["b"]);
});
