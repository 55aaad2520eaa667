import { expect, test } from "vitest";
import { chanceAt } from "./chance.ts";
import { consentTo, type Policy } from "./consent.ts";

const minute = 60_000;
const night: Policy = {
  autoInstall: true,
  automaticRollback: true,
  window: { days: ["saturday"], start: "02:00", end: "06:00", zone: "Europe/Berlin" },
};
const opens = Temporal.ZonedDateTime.from("2026-06-06T02:00[Europe/Berlin]").epochMilliseconds;

/** A linear congruential generator (Numerical Recipes), so that the test is the same each time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test("10,000 clients that wait for a window come evenly over its first half hour", () => {
  const random = seeded(7);
  const arrivals = Array.from({ length: 10_000 }, () => {
    const asked = opens - Math.ceil(random() * 600) * minute;
    const consent = consentTo({ kind: "update", version: "2.0.0", mandatory: false }, night, {}, asked);
    if (consent.given) throw new Error("the window is not open yet");
    return chanceAt(consent, { intervalMs: 21_600_000 }, random()) ?? 0;
  });
  expect(Math.min(...arrivals)).toBeGreaterThanOrEqual(opens);
  expect(Math.max(...arrivals)).toBeLessThan(opens + 30 * minute);
  const histogram = new Array<number>(30).fill(0);
  for (const at of arrivals) {
    const bin = Math.floor((at - opens) / minute);
    histogram[bin] = (histogram[bin] ?? 0) + 1;
  }
  // Pearson's chi-squared against an even spread: 29 degrees of freedom, 49.6 is the 99 % quantile.
  const expected = arrivals.length / histogram.length;
  const chiSquared = histogram.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  console.log(
    `${arrivals.length} clients come within 30 minutes: ${Math.min(...histogram)} to ${Math.max(...histogram)} a minute, chi-squared ${chiSquared.toFixed(1)} of 49.6`,
  );
  expect(chiSquared).toBeLessThan(49.6);
});

test("a short window is spread over its first half, so that nobody comes too late", () => {
  const refused = { given: false, why: "", untilMs: opens, closesMs: opens + 10 * minute } as const;
  expect(chanceAt(refused, { intervalMs: 21_600_000 }, 0)).toBe(opens);
  expect(chanceAt(refused, { intervalMs: 21_600_000 }, 1)).toBe(opens + 5 * minute);
});

test("who asks often is spread less, and a moment chosen for one machine not at all", () => {
  expect(chanceAt({ given: false, why: "", untilMs: opens }, { intervalMs: minute }, 0.5)).toBe(opens + minute / 2);
  expect(chanceAt({ given: false, why: "", untilMs: opens, exactly: true }, { intervalMs: minute }, 0.5)).toBe(opens);
  expect(chanceAt({ given: false, why: "" }, { intervalMs: minute }, 0.5)).toBeUndefined();
});
