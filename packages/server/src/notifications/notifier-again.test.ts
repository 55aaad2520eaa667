import { OperationalError } from "@sluice/core/errors/operational-error.ts";
import { parsePipeline } from "@sluice/core/pipeline/parse.ts";
import { expect, test } from "vitest";
import type { Clock } from "../clock/clock.ts";
import { ControlPlane } from "../control-plane/control-plane.ts";
import { createMemoryDatabase } from "../log/memory/database.ts";
import { openMemory } from "../log/memory/open.ts";
import { Notifier } from "./notifier.ts";

const source = `apiVersion: sluice/v1
app: shop
notifications:
  - { name: chat, kind: slack, address: CHAT }
stages:
  - name: production
`;

/** An application whose freezes are told, and who is told them. Time stands still until `sleeping` are woken. */
async function setUp() {
  const sleeping: (() => void)[] = [];
  const clock: Clock = {
    now: () => 1_700_000_000_000,
    wakeAt(_, wake) {
      sleeping.push(wake);
      return () => {};
    },
  };
  const failed = () => {};
  const plane = await ControlPlane.open({ clock, ...openMemory(createMemoryDatabase(clock)), failed });
  const parsed = parsePipeline(source);
  if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
  await plane.execute("shop", { type: "ApplyPipeline", pipeline: parsed.pipeline, source }, "ann");
  const told: string[] = [];
  const notifier = new Notifier({
    plane,
    secrets: () => "https://chat.example.com",
    post: async (_, __, { title }) => void told.push(title),
    failed,
  });
  const freeze = () => plane.execute("shop", { type: "FreezeStage", stage: "production", reason: "a holiday" }, "ann");
  return { plane, notifier, told, sleeping, freeze };
}

test("news are told although the log cannot be read when they come, and nothing else happens", async () => {
  const { plane, notifier, told, sleeping, freeze } = await setUp();
  const mend = breakReads(plane);
  notifier.start();
  await freeze();
  await expect.poll(() => sleeping.length).toBeGreaterThan(0);
  expect(told).toEqual([]);
  mend();
  for (const wake of sleeping.splice(0)) wake();
  await expect.poll(() => told).toEqual(["ann froze production of shop"]);
  await expect.poll(() => plane.state("shop")?.toldUpTo).toBe(2);
  await notifier.stop();
});

test("what the store has before the node has taken it in is told when it has, and put down", async () => {
  const { plane, notifier, told, sleeping, freeze } = await setUp();
  const { append } = plane.events;
  plane.events.append = async (...call) => {
    await append(...call);
    throw cut();
  };
  const mend = breakReads(plane);
  await expect(freeze()).rejects.toThrow("cut");
  plane.events.append = append;
  mend();
  notifier.start();
  // In memory all that can go on has gone on by the next turn.
  await new Promise(setImmediate);
  expect(plane.state("shop")?.seq).toBe(1);
  for (const wake of sleeping.splice(0)) wake();
  await expect.poll(() => plane.state("shop")?.toldUpTo).toBe(2);
  expect(told).toEqual(["ann froze production of shop"]);
  await notifier.stop();
});

/** Nothing can be read from the log until it is mended. @returns what mends it */
function breakReads(plane: ControlPlane): () => void {
  const { read } = plane.events;
  plane.events.read = async () => {
    throw cut();
  };
  return () => {
    plane.events.read = read;
  };
}

function cut(): OperationalError {
  return new OperationalError("STORE_UNAVAILABLE", "the connection was cut", { retryable: true });
}
