import { expect, test } from "vitest";
import { nextCheckDelay } from "./interval.ts";

const hour = 3_600_000;
const pace = { intervalMs: 6 * hour, explicit: true, failures: 0 };

test("the interval has ten percent of jitter to each side", () => {
  expect(nextCheckDelay(pace, 0)).toBe(5.4 * hour);
  expect(nextCheckDelay(pace, 0.5)).toBe(6 * hour);
  expect(nextCheckDelay(pace, 0.999_999)).toBeCloseTo(6.6 * hour, -2);
});

test("the server sets the interval only where nobody chose one, and within bounds", () => {
  expect(nextCheckDelay({ ...pace, serverSeconds: 60 }, 0.5)).toBe(6 * hour);
  expect(nextCheckDelay({ ...pace, explicit: false, serverSeconds: 60 }, 0.5)).toBe(60_000);
  expect(nextCheckDelay({ ...pace, explicit: false, serverSeconds: 0.001 }, 0.5)).toBe(1_000);
  expect(nextCheckDelay({ ...pace, explicit: false, serverSeconds: 1e9 }, 0.5)).toBe(7 * 24 * hour);
});

test("failures are retried after a minute, then ever later, at most after an hour or ten intervals", () => {
  const delays = [1, 2, 3, 7, 100].map((failures) => nextCheckDelay({ ...pace, failures }, 0.5));
  expect(delays).toEqual([60_000, 120_000, 240_000, hour, hour]);
  const quick = [1, 2, 3, 4, 5, 6].map((failures) => nextCheckDelay({ ...pace, intervalMs: 2_000, failures }, 0.5));
  expect(quick).toEqual([2_000, 4_000, 8_000, 16_000, 20_000, 20_000]);
});

test("Retry-After is never undercut", () => {
  for (const random of [0, 0.5, 0.99])
    expect(nextCheckDelay({ ...pace, failures: 1, retryAfterMs: 90_000 }, random)).toBeGreaterThanOrEqual(90_000);
});
