import { expect, test } from "vitest";
import { VirtualClock } from "./virtual-clock.ts";

test("whoever asks for a fraction of a millisecond is woken at the next whole one, and reads no fraction", async () => {
  const clock = new VirtualClock(1_000);
  const read: number[] = [];
  clock.wakeAt(1_000.25, () => read.push(clock.now()));
  clock.wakeAt(1_002, () => read.push(clock.now()));
  await clock.moveTo(2_000);
  expect(read).toEqual([1_001, 1_002]);
});
