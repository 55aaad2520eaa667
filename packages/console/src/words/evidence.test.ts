import { expect, test } from "vitest";
import { evidenceRows } from "./evidence.ts";

test("names become words, and values are told in the unit of their name", () => {
  const since = "2024-03-15T10:00:00.000Z";
  expect(evidenceRows({ soakMs: 86_400_000, since, maxFailureBasisPoints: 125, atLeast: "warning" })).toEqual([
    { label: "soak", value: "1d 00h" },
    { label: "since", value: since, at: since },
    { label: "max failure", value: "1.25%" },
    { label: "at least", value: "warning" },
  ]);
});

test("nothing is said to be nothing", () => {
  expect(evidenceRows({ live: null, open: [] }).map((row) => row.value)).toEqual(["none", "none"]);
});

test("lists and objects are told, whatever is in them", () => {
  expect(evidenceRows({ open: ["issue-1", "issue-2"], by: { name: "ci" } }).map((row) => row.value)).toEqual([
    "issue-1, issue-2",
    '{"name":"ci"}',
  ]);
});

test("digests are told by their beginnings, as everywhere", () => {
  const digest = "b53f2efd410c".padEnd(64, "7");
  const rows = evidenceRows({ release: digest, image: `sha256:${digest}`, note: `${digest}8` });
  expect(rows.map((row) => row.value)).toEqual(["b53f2efd410c", "b53f2efd410c", `${digest}8`]);
});
