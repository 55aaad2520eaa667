import { expect, test } from "vitest";
import { isSignature, isSignedWith } from "./signature.ts";

// GitHub's own test vector: https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
const secret = "It's a Secret to Everybody";
const body = Buffer.from("Hello, World!");
const signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

test("GitHub's test vector holds", () => {
  expect(isSignature(signature)).toBe(true);
  expect(isSignedWith(secret, body, signature)).toBe(true);
});

test("another body, secret or signature does not", () => {
  expect(isSignedWith(secret, Buffer.from("Hello, World"), signature)).toBe(false);
  expect(isSignedWith("It's a secret to Everybody", body, signature)).toBe(false);
  expect(isSignedWith(secret, body, signature.replace("7", "8"))).toBe(false);
});

test.each([
  "",
  "sha256=",
  signature.slice(0, -1),
  `${signature}0`,
  signature.toUpperCase(),
  signature.replace("256", "1"),
])("%j is no signature", (header) => {
  expect(isSignature(header)).toBe(false);
  expect(isSignedWith(secret, body, header)).toBe(false);
});
