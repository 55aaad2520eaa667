import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareVersions, isVersion, newestFirst } from "./version.ts";

describe("isVersion", () => {
  test.each(["0.0.0", "2.4.1", "2.5.0-beta.3", "2.5.0-nightly.20240315", "1.0.0+build.7", "1.0.0-a+01"])(
    "%s is one",
    (text) => {
      expect(isVersion(text)).toBe(true);
    },
  );

  test.each([
    "",
    "1",
    "1.0",
    "v1.0.0",
    "=1.0.0",
    " 1.0.0",
    "1.0.0 ",
    "1.0.0\n",
    "01.0.0",
    "1.0.0-",
    "1.0.0-01",
    "1.0.0/..",
    "1.x.0",
    "latest",
    `1.0.0-${"a".repeat(95)}`,
  ])("%j is none", (text) => expect(isVersion(text)).toBe(false));
});

describe("compareVersions", () => {
  test("orders as SemVer 2.0.0 clause 11 does", () => {
    const order = [
      "1.0.0-alpha",
      "1.0.0-alpha.1",
      "1.0.0-alpha.beta",
      "1.0.0-beta",
      "1.0.0-beta.2",
      "1.0.0-beta.11",
      "1.0.0-rc.1",
      "1.0.0",
      "2.0.0",
      "2.1.0",
      "2.1.1",
      "2.10.0",
    ];
    expect([...order].reverse().sort(compareVersions)).toEqual(order);
    expect([...order].sort(newestFirst)).toEqual([...order].reverse());
  });

  test("puts a nightly between the betas and the release", () => {
    const order = ["2.5.0-beta.3", "2.5.0-nightly.20240315", "2.5.0-nightly.20240316", "2.5.0"];
    expect([...order].reverse().sort(compareVersions)).toEqual(order);
  });

  test("is a total order: only a version itself compares as 0", () => {
    const number = fc.integer({ min: 0, max: 2 });
    const tail = fc.constantFrom("", "-a", "-a.1", "-1", "-01a", "+1", "+01", "+a", "-a+1");
    const version = fc
      .tuple(number, number, number, tail)
      .map(([major, minor, patch, rest]) => `${major}.${minor}.${patch}${rest}`);
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(compareVersions(a, b) === 0).toBe(a === b);
        expect(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a))).toBe(0);
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0)
          expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
      }),
      { numRuns: 500 },
    );
  });
});
