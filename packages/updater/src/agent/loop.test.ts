import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { systemPorts } from "../ports/ports.ts";
import type { Delay } from "../reports/send.ts";
import type { Updater } from "../updater.ts";
import { sendRegularly } from "./loop.ts";

/** An updater whose server takes no report until it is said, and whose clock never comes to the end of a wait. */
function withReports(delay: Delay) {
  const events = new EventEmitter();
  const told = { tries: 0, sleeping: 0, isThere: false };
  const updater = {
    events,
    sendReports: async () => {
      told.tries++;
      return told.isThere;
    },
    reportDelay: () => delay,
  } as unknown as Updater;
  const sleep = (_: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      told.sleeping++;
      signal?.addEventListener("abort", () => resolve());
    });
  const ports = { ...systemPorts, clock: { ...systemPorts.clock, sleep } };
  const stop = new AbortController();
  const ended = sendRegularly(updater, ports, stop.signal);
  const end = async () => {
    stop.abort();
    await ended;
    expect(events.listenerCount("found")).toBe(0);
  };
  return { events, told, end };
}

test("reports that could not be sent go out as soon as the server answers a check, however long they would have waited", async () => {
  const { events, told, end } = withReports({ ms: 300_000, asked: false });
  await expect.poll(() => told.sleeping).toBe(1);
  events.emit("found");
  await expect.poll(() => told).toMatchObject({ tries: 2, sleeping: 2 });
  told.isThere = true;
  events.emit("found");
  await expect.poll(() => told).toMatchObject({ tries: 3, sleeping: 2 });
  events.emit("found");
  await end();
  expect(told.tries).toBe(3);
});

test("a server that asked to be left alone for a while is", async () => {
  const { events, told, end } = withReports({ ms: 7_000, asked: true });
  await expect.poll(() => told.sleeping).toBe(1);
  events.emit("found");
  await end();
  expect(told.tries).toBe(1);
});
