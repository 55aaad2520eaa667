import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SteadyClock } from "./steady.ts";

const minute = 60_000;
const hour = 60 * minute;
const noon = Date.UTC(2024, 2, 15, 12);

let wallError = 0;
let asleep = 0;
let clock: SteadyClock;

beforeEach(() => {
  vi.useFakeTimers({ now: noon, toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"] });
  wallError = 0;
  asleep = 0;
  clock = new SteadyClock({ wall: () => Date.now() + wallError, passed: () => Date.now() - noon - asleep });
});
afterEach(() => {
  vi.useRealTimers();
});

/** So long passes, and the clock is read now and then. */
function pass(ms: number): void {
  for (let left = ms; left > 0; left -= minute) {
    vi.advanceTimersByTime(Math.min(left, minute));
    clock.now();
  }
}

test("goes with the machine's, and follows small corrections at once", () => {
  pass(hour);
  wallError = 30_000;
  expect(clock.now()).toBe(noon + hour + 30_000);
  wallError = -30_000;
  expect(clock.now()).toBe(noon + hour - 30_000);
});

test("a step forward that is taken back is never believed; one that lasts is, after ten minutes", () => {
  wallError = 24 * hour;
  expect(clock.now()).toBe(noon);
  pass(9 * minute);
  expect(clock.now()).toBe(noon + 9 * minute);
  wallError = 0;
  pass(hour);
  expect(clock.now()).toBe(noon + hour + 9 * minute);
  wallError = 24 * hour;
  clock.now();
  pass(10 * minute);
  expect(clock.now()).toBe(noon + 25 * hour + 19 * minute);
});

test("a step back is followed", () => {
  wallError = -24 * hour;
  expect(clock.now()).toBe(noon - 24 * hour);
  pass(hour);
  expect(clock.now()).toBe(noon - 23 * hour);
});

test("wakes when it is time, also where the clock was set back or forward while it waited", () => {
  const wake = vi.fn();
  clock.wakeAt(noon + 2 * hour, wake);
  wallError = -hour;
  pass(2 * hour);
  expect(wake).not.toHaveBeenCalled();
  pass(hour + minute);
  expect(wake).toHaveBeenCalledTimes(1);
  clock.wakeAt(noon + 12 * hour, wake);
  wallError = 24 * hour;
  pass(9 * minute);
  expect(wake).toHaveBeenCalledTimes(1);
  pass(3 * minute);
  expect(wake).toHaveBeenCalledTimes(2);
});

test("wakes late by no more than the doubt after the machine has slept", () => {
  const wake = vi.fn();
  clock.wakeAt(noon + 6 * hour, wake);
  // Seven hours on the wall, of which none passed for the machine.
  vi.setSystemTime(noon + 7 * hour);
  asleep = 7 * hour;
  pass(11 * minute);
  expect(wake).toHaveBeenCalledTimes(1);
});

test("a wake that is cancelled does not come, and one further off than a timer reaches does", () => {
  const wake = vi.fn();
  clock.wakeAt(noon + hour, wake)();
  pass(2 * hour);
  expect(wake).not.toHaveBeenCalled();
  clock.wakeAt(noon + 30 * 24 * hour, wake);
  vi.advanceTimersByTime(30 * 24 * hour - 3 * hour);
  expect(wake).not.toHaveBeenCalled();
  vi.advanceTimersByTime(2 * hour);
  expect(wake).toHaveBeenCalledTimes(1);
});
