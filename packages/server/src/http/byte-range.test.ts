import { expect, test } from "vitest";
import { readContentRange, readRange } from "./byte-range.ts";

test.each([
  ["bytes=0-4", { start: 0, end: 4 }],
  ["bytes=5-", { start: 5, end: 9 }],
  ["bytes=-3", { start: 7, end: 9 }],
  ["bytes=-30", { start: 0, end: 9 }],
  ["bytes=8-30", { start: 8, end: 9 }],
  ["bytes=10-", "unsatisfiable"],
  ["bytes=-0", "unsatisfiable"],
  ["bytes=4-2", undefined],
  ["bytes=0-1,3-4", undefined],
  ["bytes=-", undefined],
  ["lines=0-4", undefined],
  ["bytes=99999999999999999999-", undefined],
  [undefined, undefined],
])("the range %s of ten bytes is %j", (header, range) => {
  expect(readRange(header, 10)).toEqual(range);
});

test("nothing of empty content can be asked for", () => {
  expect(readRange("bytes=0-", 0)).toBe("unsatisfiable");
});

test.each([
  ["bytes 0-4/10", { start: 0, end: 4, total: 10 }],
  ["bytes 4-2/10", undefined],
  ["bytes 0-10/10", undefined],
  ["bytes 0-4/*", undefined],
  ["0-4/10", undefined],
])("a part %s is %j", (header, range) => {
  expect(readContentRange(header)).toEqual(range);
});
