import { expect, test } from "vitest";
import { sizePartText, sizeText } from "./size-text.ts";

test.each([
  [0, "0 B"],
  [1_023, "1023 B"],
  [1_024, "1.0 KiB"],
  [11_324_621, "10.8 MiB"],
  [3 * 1_024 ** 3, "3.0 GiB"],
  [5_000 * 1_024 ** 4, "5000.0 TiB"],
])("%i bytes are %s", (bytes, text) => {
  expect(sizeText(bytes)).toBe(text);
});

test("a part is said in the unit of the whole", () => {
  expect(sizePartText(1_000, 980 * 1_024 ** 2)).toBe("0.0 of 980.0 MiB");
  expect(sizePartText(412 * 1_024 ** 2, 980 * 1_024 ** 2)).toBe("412.0 of 980.0 MiB");
  expect(sizePartText(0, 0)).toBe("0 of 0 B");
});
