import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { throttle } from "./throttle.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("the first call works at once, a burst after it once more", () => {
  const work = vi.fn();
  const throttled = throttle(work, 500);
  for (let i = 0; i < 10; i++) throttled();
  expect(work).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(499);
  expect(work).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1);
  expect(work).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(5_000);
  expect(work).toHaveBeenCalledTimes(2);
});

test("a cancelled one does not make up for what it missed", () => {
  const work = vi.fn();
  const throttled = throttle(work, 500);
  throttled();
  throttled();
  throttled.cancel();
  vi.advanceTimersByTime(5_000);
  expect(work).toHaveBeenCalledTimes(1);
});
