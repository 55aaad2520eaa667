import { expect, test } from "vitest";
import type { Clock } from "../ports/clock.ts";
import { openPace } from "./pace.ts";

function virtualClock(): Clock & { at: number } {
  const clock = {
    at: 1_000_000,
    now: () => clock.at,
    async sleep(ms: number) {
      clock.at += ms;
    },
  };
  return clock;
}

test.each([1, 1_000, 65_536])("chunks of %i bytes come at the rate asked for, on average", async (chunk) => {
  const clock = virtualClock();
  const begun = clock.at;
  const pace = openPace(100_000, clock);
  const chunks = Math.ceil(1_000_000 / chunk);
  for (let i = 0; i < Math.min(chunks, 100_000); i++) await pace(chunk);
  const seconds = (clock.at - begun) / 1_000;
  const rate = (Math.min(chunks, 100_000) * chunk) / seconds;
  expect(rate).toBeGreaterThan(95_000);
  expect(rate).toBeLessThan(105_000);
});

test("what was not used before is no credit: after a pause it is as slow as before", async () => {
  const clock = virtualClock();
  const pace = openPace(1_000, clock);
  await pace(1_000);
  clock.at += 3_600_000;
  const before = clock.at;
  await pace(2_000);
  expect(clock.at - before).toBe(2_000);
});

test("a clock that is put back does not stop it", async () => {
  const clock = virtualClock();
  const pace = openPace(1_000, clock);
  await pace(1_000);
  clock.at -= 3_600_000;
  const before = clock.at;
  await pace(1_000);
  expect(clock.at - before).toBeLessThanOrEqual(1_020);
});
