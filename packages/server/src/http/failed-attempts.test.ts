import { expect, test } from "vitest";
import { systemClock } from "../clock/clock.ts";
import { FailedAttempts } from "./failed-attempts.ts";

function attempts() {
  const clock = { ...systemClock, time: 0, now: () => clock.time };
  return { clock, failed: new FailedAttempts(clock) };
}

test("an address is told to wait after thirty in a minute, others are not", () => {
  const { failed, clock } = attempts();
  for (let i = 0; i < 30; i++) expect(failed.add("10.0.0.1")).toBe(0);
  clock.time = 20_000;
  expect(failed.add("10.0.0.1")).toBe(40);
  expect(failed.add("10.0.0.2")).toBe(0);
  clock.time = 60_000;
  expect(failed.add("10.0.0.1")).toBe(0);
});

test("it remembers no more than ten thousand addresses", () => {
  const { failed } = attempts();
  for (let i = 0; i < 10_500; i++) failed.add(`address ${i}`);
  expect(failed.size).toBe(10_000);
});
