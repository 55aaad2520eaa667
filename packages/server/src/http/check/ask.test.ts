import fc from "fast-check";
import { expect, test } from "vitest";
import { checkAsk, readAsk } from "./ask.ts";

const least = ["X-App", "shop", "X-Channel", "dev"];

test("the headers of a check are read, whatever the case of their names", () => {
  const raw = ["Host", "x", "x-APP", "shop", "X-Channel", "dev", "x-client-id", "pc-1", "X-Current-Version", "1.0.0"];
  const more = [
    "X-Platform",
    "linux-x64",
    "X-License-Key",
    "secret",
    "X-Attribute-Database",
    "PostgreSQL 15",
    "IF-NONE-MATCH",
    '"e"',
  ];
  expect(readAsk([...raw, ...more])).toEqual({
    app: "shop",
    channel: "dev",
    clientId: "pc-1",
    version: "1.0.0",
    platform: "linux-x64",
    attributes: ["database", "PostgreSQL 15"],
    ifNoneMatch: '"e"',
  });
});

test.each([
  ["no application", ["X-Channel", "dev"], "X-App"],
  ["an empty application", ["X-App", "", "X-Channel", "dev"], "X-App"],
  ["no channel", ["X-App", "shop"], "X-Channel"],
  ["an application twice", [...least, "x-app", "other"], "x-app"],
  ["an application that is too long", ["X-App", "x".repeat(129), "X-Channel", "dev"], "X-App"],
  ["a client with a blank", [...least, "X-Client-Id", "a b"], "X-Client-Id"],
  ["an empty client", [...least, "X-Client-Id", ""], "X-Client-Id"],
  ["a client that is too long", [...least, "X-Client-Id", "x".repeat(129)], "X-Client-Id"],
  ["a value that is too long", [...least, "X-Attribute-A", "x".repeat(257)], "X-Attribute-A"],
  [
    "too many attributes",
    [...least, ...Array.from({ length: 33 }, (_, i) => [`X-Attribute-${i}`, "x"]).flat()],
    "X-Attribute-*",
  ],
])("%s is refused, by the header's name", (_what, raw, header) => {
  expect(readAsk(raw)).toMatchObject({ invalid: true, header });
});

test.each([
  [["X-Current-Version", "v1"], "X-Current-Version"],
  [["X-Current-Version", ""], "X-Current-Version"],
  [["X-Platform", "Linux"], "X-Platform"],
  [["X-Attribute-", "x"], "X-Attribute-"],
  [["X-Attribute-__proto__", "x"], "X-Attribute-__proto__"],
  [["X-Attribute-A", "x", "x-attribute-a", "y"], "X-Attribute-a"],
])("%j is refused before anything is answered from it", (raw, header) => {
  const ask = readAsk([...least, ...raw]);
  expect("invalid" in ask ? ask : checkAsk(ask)).toMatchObject({ header });
});

test("no list of headers makes it throw", () => {
  const name = fc.oneof(
    fc.constantFrom("X-App", "x-channel", "X-Client-Id", "X-Attribute-A", "If-None-Match", ""),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(name, fc.string())), (pairs) => {
      const ask = readAsk(pairs.flat());
      if (!("invalid" in ask)) checkAsk(ask);
    }),
  );
});
