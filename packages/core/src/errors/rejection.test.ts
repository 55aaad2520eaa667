import { expect, test } from "vitest";
import { isRejection, reject } from "./rejection.ts";

test("a rejection says what is wrong, and names what is near, where anything is", () => {
  expect(reject("STAGE_NOT_FOUND", "There is no stage.", ["beta"])).toEqual({
    rejected: true,
    code: "STAGE_NOT_FOUND",
    message: "There is no stage.",
    nearest: ["beta"],
  });
  expect(reject("STAGE_NOT_FOUND", "There is no stage.", [])).not.toHaveProperty("nearest");
});

test("nothing else is taken for one", () => {
  expect(isRejection(reject("STAGE_NOT_FOUND", ""))).toBe(true);
  for (const other of [undefined, null, "no", {}, { rejected: "yes" }, { facts: [] }])
    expect(isRejection(other)).toBe(false);
});
