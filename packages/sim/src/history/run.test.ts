import { expect, test } from "vitest";
import { runHistory } from "./run.ts";

test("the same seed gives the same history, byte for byte", async () => {
  for (const seed of [1, 2, 3]) {
    const first = await runHistory(seed);
    const second = await runHistory(seed);
    expect(second).toEqual(first);
    expect(first.events).toBeGreaterThan(10);
  }
});

test("other seeds give other histories", async () => {
  expect((await runHistory(4)).digest).not.toBe((await runHistory(5)).digest);
});

test("histories with people and faults violate nothing", async () => {
  let faults = 0;
  for (let seed = 100; seed < 120; seed++) {
    const history = await runHistory(seed);
    expect(history.violation, `seed ${seed}`).toBeUndefined();
    faults += history.faults;
  }
  expect(faults).toBeGreaterThan(100);
});
