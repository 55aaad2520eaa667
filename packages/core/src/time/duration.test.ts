import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatDuration, parseDuration } from "./duration.ts";

describe("parseDuration", () => {
  test.each([
    ["800ms", 800],
    ["90s", 90_000],
    ["5m", 300_000],
    ["1h30m", 5_400_000],
    ["72h", 259_200_000],
    ["1.5h", 5_400_000],
    ["1w2d", 777_600_000],
    ["0s", 0],
  ])("%s is %i ms", (text, ms) => expect(parseDuration(text)).toBe(ms));

  test.each(["", "5", "h", "5 m", "-5m", "5m ", "1h-5m", "5M", "five", "1e3s", ".5s", "5.s", "Infinitys"])(
    "%j is none",
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );
});

describe("formatDuration", () => {
  test.each([
    [0, "0ms"],
    [800, "800ms"],
    [1_000, "1s"],
    [59_999, "1m"],
    [90_000, "1m 30s"],
    [3_600_000, "1h"],
    [93_784_000, "1d 2h"],
    [864_000_000, "10d"],
    [-90_000, "-1m 30s"],
  ])("%i ms is %s", (ms, text) => expect(formatDuration(ms)).toBe(text));

  test("what it writes in full is read back", () => {
    fc.assert(
      fc.property(fc.nat({ max: 3_599 }), (seconds) => {
        expect(parseDuration(formatDuration(seconds * 1_000).replace(" ", ""))).toBe(seconds * 1_000);
      }),
      { numRuns: 200 },
    );
  });
});
