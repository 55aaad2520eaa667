import { describe, expect, test } from "vitest";
import { pipelineOf, type StageInput } from "../testing/pipelines.ts";
import { start } from "../testing/world.ts";
import { pipelineWarnings } from "./warnings.ts";

const warningsOf = (stages: StageInput[], approvers: { name: string; groups: string[] }[] = []) =>
  pipelineWarnings(pipelineOf(...stages), approvers, start);
type Gates = NonNullable<Exclude<StageInput, string>["gates"]>;
const gatesOf = (...gates: Gates) => warningsOf(["dev", { name: "beta", gates }]);
const weekly = (days: ("mon" | "tue" | "sat")[], from: string, to: string, zone = "UTC") => ({
  window: { days, from, to, zone },
});

describe("waves", () => {
  const told = (...waves: { name: string; match?: Record<string, string | string[]> }[]) =>
    warningsOf([{ name: "dev", rollout: { steps: [{ to: "100%" }], waves } }]).map(({ message }) => message);

  test("that nobody can belong to are told, with their place", () => {
    const waves = [
      { name: "eu", match: { region: ["fr", "de"] } },
      { name: "de", match: { region: "de" } },
      { name: "rest" },
    ];
    expect(warningsOf([{ name: "dev", rollout: { steps: [{ to: "100%" }], waves } }])).toEqual([
      {
        path: ["stages", 0, "rollout", "waves", 1, "match"],
        message: "wave de of dev is empty: whoever it matches belongs to wave eu",
      },
    ]);
    const narrower = { name: "b", match: { region: "de", tier: "paid" } };
    expect(told({ name: "a", match: { region: "de" } }, narrower, { name: "c" })).toEqual([
      "wave b of dev is empty: whoever it matches belongs to wave a",
    ]);
    const both = { name: "c", match: { region: ["de", "fr"] } };
    expect(
      told({ name: "a", match: { region: "de" } }, { name: "b", match: { region: "fr" } }, both, { name: "d" }),
    ).toEqual(["wave c of dev is empty: whoever it matches belongs to wave a or b"]);
  });

  test("that overlap by the same attributes are told; by others they may", () => {
    const eu = { name: "eu", match: { region: ["de", "fr"] } };
    expect(told(eu, { name: "west", match: { region: ["fr", "us"] } }, { name: "rest" })).toEqual([
      "wave west of dev overlaps wave eu, which takes whoever both match",
    ]);
    expect(told({ name: "pilot", match: { tier: "internal" } }, eu, { name: "rest" })).toEqual([]);
  });

  test("the last is told when it names whom it takes", () => {
    const eu = { name: "eu", match: { region: "de" } };
    expect(told(eu, { name: "rest", match: { region: "us" } })).toEqual([
      "wave rest of dev is the last: it takes whoever no other wave matches, not only these",
    ]);
  });
});

describe("windows", () => {
  test("one that never opens is told, with its place", () => {
    const past = { rrule: "FREQ=DAILY;COUNT=1", starts: "2020-01-01T00:00", lasts: "1h", zone: "UTC" };
    expect(gatesOf({ soak: "1h" }, { window: past })).toEqual([
      { path: ["stages", 1, "gates", 1, "window"], message: "this window of beta does not open within 400 days" },
    ]);
    const closed = { zone: "UTC", allow: [{ from: "10:00", to: "12:00" }], deny: [{ from: "09:00", to: "13:00" }] };
    expect(gatesOf({ window: closed })).toHaveLength(1);
  });

  test("two that are never open at once are told", () => {
    expect(gatesOf(weekly(["mon"], "10:00", "12:00"), weekly(["mon"], "12:00", "14:00"))).toEqual([
      {
        path: ["stages", 1, "gates", 1, "window"],
        message: "the windows of beta are not open at the same time within a year",
      },
    ]);
    expect(gatesOf(weekly(["mon"], "10:00", "12:00"), weekly(["tue"], "10:00", "12:00"))).toHaveLength(1);
  });

  test("those that are open together at some time are not, also across zones and rarely", () => {
    expect(gatesOf(weekly(["mon"], "10:00", "12:00"), weekly(["mon"], "11:00", "14:00"))).toEqual([]);
    expect(gatesOf(weekly(["mon"], "10:00", "12:00"), weekly(["mon"], "12:30", "13:30", "Europe/Berlin"))).toEqual([]);
    const first = { rrule: "FREQ=MONTHLY;BYMONTHDAY=1", starts: "2024-01-01T00:00", lasts: "24h", zone: "UTC" };
    expect(gatesOf({ window: first }, weekly(["sat"], "10:00", "12:00"))).toEqual([]);
  });
});

test("a soak in the first stage is told; one that cannot pass there, more clearly", () => {
  expect(warningsOf([{ name: "dev", gates: [{ soak: "1h" }] }])[0]?.message).toMatch(/counts from the publication/);
  expect(warningsOf([{ name: "dev", gates: [{ soak: { healthy: "1h" } }] }])[0]?.message).toMatch(
    /nothing can ever enter dev/,
  );
  expect(warningsOf([{ name: "dev", gates: [{ "min-clients": 1 }] }])[0]?.path).toEqual([
    "stages",
    0,
    "gates",
    0,
    "min-clients",
  ]);
  expect(gatesOf({ soak: "1h" }, { "min-clients": 1 })).toEqual([]);
});

describe("approvals", () => {
  const stages = (count: number, groups: string[] = []): StageInput[] => [
    "dev",
    { name: "beta", gates: [{ approval: { from: ["bob", "leads"], groups, count } }] },
  ];
  const people = [
    { name: "bob", groups: [] },
    { name: "carol", groups: ["leads"] },
    { name: "dave", groups: ["others"] },
  ];

  test("fewer people than it needs are told by name", () => {
    expect(warningsOf(stages(2), people)).toEqual([]);
    expect(warningsOf(stages(3), people)).toEqual([
      {
        path: ["stages", 1, "gates", 0, "approval"],
        message: "it needs 3 approvals, and only 2 can give one: bob, carol",
      },
    ]);
    expect(warningsOf(stages(1))[0]?.message).toMatch(/it needs an approval, and nobody can give one: make tokens/);
  });

  test("a required group with nobody in it is told", () => {
    expect(warningsOf(stages(1, ["owners"]), people)[0]?.message).toBe("nobody who may approve is in the group owners");
  });
});
