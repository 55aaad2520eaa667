import { describe, expect, test } from "vitest";
import { firstIncompatibility, satisfies } from "./compatibility.ts";

describe("satisfies", () => {
  test.each([
    ["9.4+", ["9.4", "9.4.0", "9.4.1", "9.10", "10.0", "25.1"], ["9.3", "9.3.99", "9", "8.9"]],
    ["10.x", ["10", "10.0", "10.9.3"], ["9.9", "11.0", "1.0"]],
    ["15", ["15", "15.2", "PostgreSQL 15.4"], ["14.9", "16", "1.5"]],
    [
      "PostgreSQL 14+",
      ["14", "14.2", "16", "PostgreSQL 14.5 (Debian 14.5-1)", "postgresql 17"],
      ["13.9", "PostgreSQL 13", "MySQL 14"],
    ],
    [">=14 <17", ["14.0", "16.9"], ["13.9", "17"]],
    ["v2.1+", ["2.1.0", "v2.2"], ["2.0.9"]],
  ])("%s", (range, accepted, refused) => {
    for (const declared of accepted) expect(satisfies(declared, range), declared).toBe(true);
    for (const declared of refused) expect(satisfies(declared, range), declared).toBe(false);
  });

  test.each([
    ["", "15"],
    ["nonsense", "15"],
    ["15", ""],
    ["15", "nonsense"],
    ["15", "PostgreSQL"],
    ["15", "14++"],
  ])("what cannot be read does not hold: %j in %j", (declared, range) =>
    expect(satisfies(declared, range)).toBe(false),
  );
});

describe("firstIncompatibility", () => {
  const needs = { contentManager: ["9.4+", "10.x"], database: ["PostgreSQL 14+", "15"] };

  test("is none where everything is met, or nothing is needed", () => {
    expect(firstIncompatibility(needs, { contentmanager: "10.1", database: "15" })).toBeUndefined();
    expect(firstIncompatibility(undefined, {})).toBeUndefined();
    expect(firstIncompatibility({}, {})).toBeUndefined();
  });

  test("is what is not met, or not declared", () => {
    expect(firstIncompatibility(needs, { contentmanager: "9.4", database: "12" })).toEqual({
      name: "database",
      declared: "12",
      ranges: ["PostgreSQL 14+", "15"],
    });
    expect(firstIncompatibility(needs, { database: "15" })).toEqual({
      name: "contentManager",
      declared: undefined,
      ranges: ["9.4+", "10.x"],
    });
  });
});
