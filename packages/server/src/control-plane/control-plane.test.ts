import { OperationalError } from "@sluice/core/errors/operational-error.ts";
import { parsePipeline } from "@sluice/core/pipeline/parse.ts";
import { expect, test } from "vitest";
import type { Clock } from "../clock/clock.ts";
import { createMemoryDatabase } from "../log/memory/database.ts";
import { openMemory } from "../log/memory/open.ts";
import type { EventStore } from "../log/store.ts";
import { ControlPlane } from "./control-plane.ts";

const source = "apiVersion: sluice/v1\napp: shop\nstages:\n  - name: production\n";

test("what another node appended is read again when it could not be read, although nobody tells of it a second time", async () => {
  const sleeping: (() => void)[] = [];
  const clock: Clock = {
    now: () => 1_700_000_000_000,
    wakeAt(_, wake) {
      sleeping.push(wake);
      return () => {};
    },
  };
  const database = createMemoryDatabase(clock);
  const failures: unknown[] = [];
  const open = (change: (events: EventStore) => EventStore) => {
    const stores = openMemory(database);
    return ControlPlane.open({
      clock,
      ...stores,
      events: change(stores.events),
      failed: (_, error) => failures.push(error),
    });
  };
  let isBroken = false;
  const one = await open((events) => events);
  const other = await open((events) => ({
    ...events,
    read: async (...call) => {
      if (isBroken) throw new OperationalError("STORE_UNAVAILABLE", "the connection was cut", { retryable: true });
      return events.read(...call);
    },
  }));
  const parsed = parsePipeline(source);
  if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
  await one.execute("shop", { type: "ApplyPipeline", pipeline: parsed.pipeline, source }, "ann");
  await expect.poll(() => other.head("shop")?.seq).toBe(1);
  isBroken = true;
  await one.execute("shop", { type: "FreezeStage", stage: "production", reason: "a holiday" }, "ann");
  await expect.poll(() => failures).toHaveLength(1);
  sleeping.shift()?.();
  await expect.poll(() => failures).toHaveLength(2);
  isBroken = false;
  sleeping.shift()?.();
  await expect.poll(() => other.head("shop")?.seq).toBe(2);
  expect(sleeping).toEqual([]);
});
