import { expect, test } from "vitest";
import { belongsTo, groupsOf } from "./groups.ts";

const member = { platform: "linux-x64", attributes: { region: "eu=west", empty: "", long: "x".repeat(65) } };

test("a client belongs to one group of each attribute that it names", () => {
  expect(groupsOf(member, ["region", "platform", "missing", "empty", "long"])).toEqual([
    "region=eu=west",
    "platform=linux-x64",
  ]);
});

test("a group is known by its name alone", () => {
  expect(belongsTo(member, "region=eu=west")).toBe(true);
  expect(belongsTo(member, "region=eu")).toBe(false);
  expect(belongsTo(member, "platform=linux-x64")).toBe(true);
  expect(belongsTo({ attributes: {} }, "platform=linux-x64")).toBe(false);
});
