import { expect, test } from "vitest";
import { fromRfc3339, rfc3339 } from "./instant.ts";

test("writes UTC with milliseconds, and reads any offset", () => {
  expect(rfc3339(0)).toBe("1970-01-01T00:00:00.000Z");
  expect(rfc3339(1_710_496_800_007)).toBe("2024-03-15T10:00:00.007Z");
  expect(fromRfc3339("2024-03-15T11:00:00.0079999+01:00")).toBe(1_710_496_800_007);
  expect(fromRfc3339(rfc3339(1_710_496_800_007))).toBe(1_710_496_800_007);
});

test.each(["", "yesterday", "2024-03-15", "2024-03-15T10:00:00", "2024-13-01T00:00:00Z"])("%j is no moment", (text) => {
  expect(() => fromRfc3339(text)).toThrow(RangeError);
});
