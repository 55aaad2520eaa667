import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bucketOf, fullExposure, isExposed, placeOf } from "./bucket.ts";

const share = fc.integer({ min: 0, max: fullExposure });

describe("isExposed", () => {
  test("raising the exposure takes the release from nobody", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), share, share, (salt, client, a, b) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)];
        if (isExposed({ basisPoints: less, salt }, client))
          expect(isExposed({ basisPoints: more, salt }, client)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test("a client is exposed from the first basis point above its bucket", () => {
    const bucket = bucketOf("salt", "client");
    expect(isExposed({ basisPoints: bucket, salt: "salt" }, "client")).toBe(false);
    expect(isExposed({ basisPoints: bucket + 1, salt: "salt" }, "client")).toBe(true);
  });

  test("a share with a fraction takes in a part of a bucket, by the place", () => {
    // printf 'salt\nclient' | sha256sum: the second 8 digits, as a part of 2^32
    const place = placeOf("salt", "client");
    expect(Math.floor(place)).toBe(bucketOf("salt", "client"));
    expect(isExposed({ basisPoints: place, salt: "salt" }, "client")).toBe(false);
    expect(isExposed({ basisPoints: place + 1e-6, salt: "salt" }, "client")).toBe(true);
  });

  test("nobody at 0, everybody at 10,000, and nobody at what cannot be read", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (salt, client) => {
        expect(isExposed({ basisPoints: 0, salt }, client)).toBe(false);
        expect(isExposed({ basisPoints: -1, salt }, client)).toBe(false);
        expect(isExposed({ basisPoints: Number.NaN, salt }, client)).toBe(false);
        expect(isExposed({ basisPoints: fullExposure, salt }, client)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

describe("bucketOf", () => {
  test("is the same everywhere and for ever", () => {
    // printf 'salt\nclient' | sha256sum, the first 8 digits, modulo 10,000
    expect(bucketOf("salt", "client")).toBe(7461);
  });

  test("spreads clients evenly: of 20,000 each tenth has 2,000, within five standard deviations", () => {
    const tenths = Array<number>(10).fill(0);
    for (let i = 0; i < 20_000; i++) {
      const tenth = Math.floor(bucketOf("myapp stable-1 1.0.0", `client-${i}`) / 1_000);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    for (const count of tenths) expect(Math.abs(count - 2_000)).toBeLessThan(5 * Math.sqrt(20_000 * 0.1 * 0.9));
  });

  test("puts others first in another rollout", () => {
    const first = (salt: string) =>
      Array.from({ length: 1_000 }, (_, i) => `client-${i}`).filter((id) => bucketOf(salt, id) < 1_000);
    const both = first("one").filter((id) => first("two").includes(id));
    expect(both.length).toBeLessThan(30);
  });
});
