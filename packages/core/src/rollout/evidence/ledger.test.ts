import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ReleaseCounts } from "./counts.ts";
import { Ledger, type LedgerTimes, type OfferRecord } from "./ledger.ts";

const times: LedgerTimes = { deadlineMs: 16, soakMs: 60, agesMs: [15, 40] };

/** The same counts, by looking at every offer: what the ledger keeps up to date. */
function counted(offers: readonly OfferRecord[], now: number, halted: readonly string[]): ReleaseCounts {
  const left = (offer: OfferRecord) => offer.givenBack || offer.groups.some((group) => halted.includes(group));
  const past = (offer: OfferRecord, ms: number) => offer.offeredAt <= now - ms;
  const harmed = (offer: OfferRecord) => offer.failed || offer.crashedAt !== undefined;
  const unknown = offers.findIndex((offer) => !left(offer) && !offer.answered && !past(offer, times.deadlineMs));
  const beginning = (unknown < 0 ? offers : offers.slice(0, unknown)).filter((offer) => !left(offer) && offer.answered);
  const here = offers.filter((offer) => !left(offer));
  const due = here.filter((offer) => past(offer, times.deadlineMs));
  const soaked = here.filter((offer) => past(offer, times.soakMs ?? 0));
  return {
    installed: here.length,
    failed: here.filter(({ failed }) => failed).length,
    inFlight: here.filter((offer) => !offer.answered && !past(offer, times.deadlineMs)).length,
    settled: beginning.length,
    settledFailed: beginning.filter(({ failed }) => failed).length,
    due: due.length,
    missing: due.filter(({ answered }) => !answered).length,
    unsoaked: here.filter((offer) => !past(offer, times.soakMs ?? 0) && !harmed(offer)).length,
    soaked: soaked.filter(({ answered }) => answered).length,
    soakedFailed: soaked.filter((offer) => offer.answered && harmed(offer)).length,
    ages: times.agesMs.map((ageMs) => {
      const old = here.filter((offer) => !offer.failed && past(offer, ageMs));
      const crashes = old.filter(
        ({ crashedAt, offeredAt }) => crashedAt !== undefined && crashedAt - offeredAt >= ageMs,
      );
      return { clients: old.length, crashes: crashes.length };
    }),
  };
}

type Step =
  | { readonly do: "offer"; readonly groups: readonly string[] }
  | { readonly do: "healthy" | "failed" | "crashed" | "giveBack"; readonly which: number }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "halt"; readonly group: string };

const groups = ["region=eu", "region=us", "platform=linux-x64"];
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant("offer" as const), groups: fc.subarray(groups) }) },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constantFrom("healthy" as const, "failed" as const, "crashed" as const, "giveBack" as const),
        which: fc.nat(30),
      }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 30 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("halt" as const), group: fc.constantFrom(...groups) }) },
  ),
  { maxLength: 60, size: "max" },
);

/** What a client's word makes of its offer. Harm before its health was confirmed is a failed update, and harm after it a crash. */
function heard(offer: OfferRecord, word: "healthy" | "failed" | "crashed" | "giveBack", now: number): OfferRecord {
  if (word === "giveBack") return offer.answered ? offer : { ...offer, givenBack: true };
  if (word === "healthy") return { ...offer, answered: true };
  if (offer.failed || offer.crashedAt !== undefined) return offer;
  if (offer.answered && word === "crashed") return { ...offer, crashedAt: now };
  return { ...offer, answered: true, failed: true };
}

describe("the ledger", () => {
  test("counts at every moment what a count of all offers would give, also of each group", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const ledger = new Ledger(times, 40);
        const offers: OfferRecord[] = [];
        const halted: string[] = [];
        let now = 1_000;
        for (const step of all) {
          if (step.do === "wait") now += step.ms;
          else if (step.do === "halt") {
            halted.push(step.group);
            ledger.halt(step.group);
          } else {
            const no = step.do === "offer" ? offers.length : step.which % Math.max(1, offers.length);
            const before = offers[no];
            if (step.do === "offer")
              offers.push({
                no,
                offeredAt: now,
                groups: step.groups,
                givenBack: false,
                answered: false,
                failed: false,
              });
            else if (before !== undefined) offers[no] = heard(before, step.do, now);
            const offer = offers[no];
            if (offer !== undefined) ledger.take(offer);
          }
          ledger.advance(now);
          expect(ledger.counts).toEqual(counted(offers, now, halted));
          for (const group of ledger.groups()) {
            const own = offers.filter((offer) => offer.groups.includes(group.name));
            const { installed, failed, inFlight, settled, settledFailed } = counted(own, now, halted);
            expect(group).toEqual({ name: group.name, installed, failed, inFlight, settled, settledFailed });
          }
        }
      }),
    );
  });

  test("read anew from what is kept, counts the same", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(40), fc.boolean(), fc.boolean()), { maxLength: 80 }), (all) => {
        const live = new Ledger(times, 40);
        const offers = all.map(([gap, answered, failed], no): OfferRecord => {
          const offeredAt = all.slice(0, no + 1).reduce((sum, [ms]) => sum + ms, 0);
          return {
            no,
            offeredAt,
            groups: [],
            givenBack: false,
            answered: answered || failed,
            failed: gap > 0 && failed,
          };
        });
        for (const offer of offers) {
          live.take({ ...offer, answered: false, failed: false });
          live.advance(offer.offeredAt);
        }
        for (const offer of offers.toReversed()) live.take(offer);
        const read = new Ledger(times, 40);
        for (const offer of offers) read.take(offer);
        const end = (offers.at(-1)?.offeredAt ?? 0) + 20;
        live.advance(end);
        read.advance(end);
        expect(read.counts).toEqual(live.counts);
      }),
    );
  });

  test("says when passing time next changes a count", () => {
    const ledger = new Ledger(times, 40);
    expect(ledger.nextChange()).toBeUndefined();
    ledger.take({ no: 0, offeredAt: 100, groups: [], givenBack: false, answered: false, failed: false });
    expect(ledger.nextChange()).toBe(115);
    ledger.advance(115);
    expect(ledger.nextChange()).toBe(116);
    expect(ledger.nextDeadline()).toBe(116);
    ledger.advance(116);
    expect(ledger.nextDeadline()).toBeUndefined();
    expect(ledger.counts).toMatchObject({ due: 1, missing: 1, inFlight: 0 });
    expect(ledger.nextChange()).toBe(140);
    ledger.advance(200);
    expect(ledger.nextChange()).toBeUndefined();
  });

  test("watches the first groups only, so that made-up values cost nothing", () => {
    const ledger = new Ledger(times, 2);
    for (let no = 0; no < 100; no++)
      ledger.take({ no, offeredAt: no, groups: [`x=${no}`], givenBack: false, answered: false, failed: false });
    expect(ledger.groups().map(({ name }) => name)).toEqual(["x=0", "x=1"]);
    expect(ledger.counts.installed).toBe(100);
  });

  test("a gap in the order is no order", () => {
    const gap = { no: 1, offeredAt: 0, groups: [], givenBack: false, answered: false, failed: false };
    expect(() => new Ledger(times, 2).take(gap)).toThrow(RangeError);
  });
});
