import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { unlimited } from "./ration.ts";
import { countUnder, nextShare, orderOf } from "./share.ts";

const place = fc.double({ min: 0, max: 9_999.99, noNaN: true });
const orders = fc
  .record({ known: fc.uniqueArray(place, { maxLength: 60 }), least: fc.nat(80) })
  .map(({ known, least }) => orderOf(Float64Array.from(known), least));
const expected = (order: ReturnType<typeof orderOf>, basisPoints: number) => ({
  order,
  under: countUnder(order, basisPoints),
  basisPoints,
  askMs: 0,
});

describe("the order", () => {
  it("has the known clients where their ids put them, and as many more as are said to be there", () => {
    const order = orderOf(Float64Array.of(9_000, 10, 4_000), 5);
    expect([...order.places]).toEqual([10, 2_500, 4_000, 7_500, 9_000]);
    expect([...order.named]).toEqual([1, 0, 1, 0, 1]);
    expect([...orderOf(Float64Array.of(2, 1), 1).places]).toEqual([1, 2]);
  });
});

describe("the next share", () => {
  it("takes in exactly as many as there is room for, in as few digits as that takes, and never falls", () => {
    fc.assert(
      fc.property(orders, fc.nat(40), fc.nat(40), (order, first, room) => {
        const before = nextShare(expected(order, 0), first);
        const next = nextShare(expected(order, before), room);
        expect(next).toBeGreaterThanOrEqual(before);
        expect(next).toBeLessThan(10_000);
        const took = countUnder(order, next) - countUnder(order, before);
        expect(took).toBe(Math.min(room, order.places.length - countUnder(order, before)));
      }),
      { numRuns: 2_000 },
    );
  });

  it("is in whole basis points where those are fine enough", () => {
    const order = orderOf(Float64Array.of(3.2, 17.9, 40.01), 0);
    expect([1, 2, 3].map((room) => nextShare(expected(order, 0), room))).toEqual([4, 18, 41]);
    expect(nextShare(expected(orderOf(Float64Array.of(), 1_000_000), 0), 2)).toBe(0.02);
  });

  it("is everybody's when nothing holds any more, and nobody's where no client is known of", () => {
    expect(nextShare(expected(orderOf(Float64Array.of(5), 0), 0), unlimited)).toBe(10_000);
    expect(nextShare(expected(orderOf(Float64Array.of(), 0), 0), 2)).toBe(0);
  });
});
