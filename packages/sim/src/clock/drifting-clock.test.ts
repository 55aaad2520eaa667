import fc from "fast-check";
import { expect, test } from "vitest";
import { DriftingClock } from "./drifting-clock.ts";
import { VirtualClock } from "./virtual-clock.ts";

const since = 1_700_000_000_000;

test("runs fast or slow, and wakes by its own time: never before, and at once where that is over", async () => {
  const rates = fc.double({ min: -0.01, max: 0.01, noNaN: true });
  await fc.assert(
    fc.asyncProperty(rates, fc.integer({ min: -1_000, max: 1_000_000 }), async (rate, ms) => {
      const base = new VirtualClock(since);
      const clock = new DriftingClock(base, { rate, since });
      let wokenAt: number | undefined;
      clock.wakeAt(since + ms, () => {
        wokenAt = clock.now();
      });
      await base.moveTo(since + 1_100_000);
      expect(wokenAt).toBeGreaterThanOrEqual(since + ms);
      expect(wokenAt).toBeLessThanOrEqual(Math.max(since, since + ms + 2));
      expect(clock.now()).toBe(since + 1_100_000 + Math.floor(1_100_000 * rate));
    }),
  );
});

test("what is cancelled does not wake", async () => {
  const base = new VirtualClock(since);
  const clock = new DriftingClock(base, { rate: 0.01, since });
  clock.wakeAt(since + 10, () => expect.fail())();
  await base.moveTo(since + 100);
});
