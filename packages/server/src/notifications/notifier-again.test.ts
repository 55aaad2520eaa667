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

test("news are told although the log cannot be read when they come, and nothing else happens", async () => {
  const sleeping: (() => void)[] = [];
  const clock: Clock = {
    now: () => 1_700_000_000_000,
    wakeAt(_, wake) {
      sleeping.push(wake);
      return () => {};
    },
  };
  const stores = openMemory(createMemoryDatabase(clock));
  const failures: unknown[] = [];
  const failed = (_: string, __: unknown, error?: unknown) => void failures.push(error);
  const plane = await ControlPlane.open({ clock, ...stores, failed });
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
  const { read } = plane.events;
  let isBroken = true;
  plane.events.read = async (...call) => {
    if (isBroken) throw new OperationalError("STORE_UNAVAILABLE", "the connection was cut", { retryable: true });
    return read(...call);
  };
  notifier.start();
  await plane.execute("shop", { type: "FreezeStage", stage: "production", reason: "a holiday" }, "ann");
  await expect.poll(() => sleeping.length).toBeGreaterThan(0);
  expect(told).toEqual([]);
  isBroken = false;
  for (const wake of sleeping.splice(0)) wake();
  await expect.poll(() => told).toEqual(["ann froze production of shop"]);
  await expect.poll(() => plane.state("shop")?.toldUpTo).toBe(2);
  await notifier.stop();
});
