import { expect, test } from "vitest";
import { sha256Hex } from "./digest.ts";

// FIPS 180-4: the digests of nothing and of "abc".
test("gives SHA-256 of a text's UTF-8 bytes, and of bytes", () => {
  expect(sha256Hex("")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  expect(sha256Hex("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  expect(sha256Hex(new Uint8Array([0xc3, 0xa9]))).toBe(sha256Hex("é"));
});
