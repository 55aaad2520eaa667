import { expect, test } from "vitest";
import { nearestNames } from "./nearest.ts";

const stages = ["dev", "beta", "stable", "staging", "production"];

test.each([
  ["bta", ["beta"]],
  ["Stabel", ["stable"]],
  ["stagin", ["staging"]],
  ["beta", ["beta"]],
  ["xyzzy", []],
  ["", []],
])("%j is most like %j", (asked, expected) => expect(nearestNames(asked, stages)).toEqual(expected));

test("names three at most, in the order of likeness, then of the alphabet", () => {
  expect(nearestNames("1.0.0", ["1.0.3", "1.0.1", "2.0.9", "1.0.2"])).toEqual(["1.0.1", "1.0.2", "1.0.3"]);
});
