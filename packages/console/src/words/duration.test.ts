import { expect, test } from "vitest";
import { countdownText, relativeText } from "./duration.ts";

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

test.each([
  [0, "0s"],
  [-5 * second, "0s"],
  [1, "1s"],
  [9 * second, "9s"],
  [59 * second + 1, "1m 00s"],
  [2 * minute + 5 * second, "2m 05s"],
  [hour + 7 * minute + 59 * second, "1h 07m"],
  [2 * day + 5 * hour, "2d 05h"],
  [72 * hour, "3d 00h"],
])("a countdown of %i ms reads %s", (ms, text) => {
  expect(countdownText(ms)).toBe(text);
});

test("a countdown is never told shorter than it is", () => {
  expect(countdownText(9_001)).toBe("10s");
});

test.each([
  [0, "just now"],
  [2_999, "just now"],
  [12 * second, "12s ago"],
  [119 * second, "1m ago"],
  [3 * hour + 59 * minute, "3h ago"],
  [9 * day, "9d ago"],
  [-2 * hour, "in 2h 00m"],
])("%i ms before now reads %s", (distance, text) => {
  const now = Date.UTC(2024, 2, 15, 10);
  expect(relativeText(now - distance, now)).toBe(text);
});
