import fc from "fast-check";
import { expect, test } from "vitest";
import { fromRfc3339, rfc3339 } from "./instant.ts";

test("writes UTC with milliseconds, and reads any offset", () => {
  expect(rfc3339(0)).toBe("1970-01-01T00:00:00.000Z");
  expect(rfc3339(1_710_496_800_007)).toBe("2024-03-15T10:00:00.007Z");
  expect(fromRfc3339("2024-03-15T11:00:00.0079999+01:00")).toBe(1_710_496_800_007);
  expect(fromRfc3339(rfc3339(1_710_496_800_007))).toBe(1_710_496_800_007);
});

test("writes every moment as Temporal does", () => {
  const firstMs = Date.parse("-001000-01-01T00:00:00Z");
  const lastMs = Date.parse("+012000-01-01T00:00:00Z");
  const byTemporal = (at: number) =>
    Temporal.Instant.fromEpochMilliseconds(at).toString({ smallestUnit: "millisecond" });
  fc.assert(
    fc.property(fc.integer({ min: firstMs, max: lastMs }), (at) => rfc3339(at) === byTemporal(at)),
    { numRuns: 2_000, examples: [[-1], [0], [253_402_300_799_999], [253_402_300_800_000]] },
  );
  for (let year = 1970; year < 2410; year++)
    for (const day of ["01-01", "02-28", "03-01", "12-31"]) {
      const text = `${year}-${day}T23:59:59.999Z`;
      expect(rfc3339(Date.parse(text))).toBe(text);
      expect(rfc3339(Date.parse(text) + 1)).toBe(byTemporal(Date.parse(text) + 1));
    }
});

test.each([0.5, Number.NaN, Number.POSITIVE_INFINITY])("%d is no time that can be written", (at) => {
  expect(() => rfc3339(at)).toThrow(RangeError);
});

test.each(["", "yesterday", "2024-03-15", "2024-03-15T10:00:00", "2024-13-01T00:00:00Z"])("%j is no moment", (text) => {
  expect(() => fromRfc3339(text)).toThrow(RangeError);
});
