import fc from "fast-check";
import { expect, test } from "vitest";
import { OutputTail } from "./output-tail.ts";

function tailOf(chunks: readonly string[], secrets: readonly string[] = []): string {
  const tail = new OutputTail(secrets);
  for (const chunk of chunks) tail.add(Buffer.from(chunk));
  return tail.text();
}

test("keeps a short output as it is, but for control characters", () => {
  expect(tailOf(["one\ttwo\n", "\u001b[31mthrée\u001b[0m\r\n"])).toBe("one\ttwo\n[31mthrée[0m\n");
});

test("says how much came before what is kept", () => {
  expect(tailOf(["x".repeat(5_000), "end"])).toBe(`(907 bytes before)\n${"x".repeat(4_093)}end`);
});

test("takes out the longest of secrets that contain one another", () => {
  expect(tailOf(["key-long and key"], ["key", "key-long"])).toBe("*** and ***");
});

test("never keeps a secret, nor the end of one that is cut through, however the output comes", () => {
  const secret = "AB-CD-EF-GH-IJ";
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 9_000 }),
      fc.integer({ min: 0, max: 9_000 }),
      fc.integer({ min: 1, max: 500 }),
      (before, after, size) => {
        const whole = "x".repeat(before) + secret + "x".repeat(after);
        const chunks = whole.match(new RegExp(`.{1,${size}}`, "gs")) ?? [];
        expect(tailOf(chunks, [secret])).not.toMatch(/[A-J]/);
      },
    ),
    { numRuns: 200 },
  );
});
