import fc from "fast-check";
import { expect, test } from "vitest";
import { logLowerEvidence } from "./advance.ts";
import { type Control, compareWithControl, type Treated } from "./control.ts";
import { logEValue } from "./stop.ts";
import { streams } from "./streams.testing.ts";

const alpha = 0.004;
const length = 2_000;

/** ln of the evidence were the control's rate known to be `rate`, at most. */
function atRate({ installed, failed }: Treated, { clients, healthy }: Control, rate: number): number {
  const s = logEValue(installed, failed, rate);
  const k = logLowerEvidence(clients, clients - healthy, rate);
  return Math.max(s, k, s + k);
}

/** Whether a release is ever stopped whose clients come `each` at a time beside `controls` of the old one, looked at always. */
function everStops(
  {
    newer,
    older,
    rate,
  }: { readonly newer: readonly number[]; readonly older: readonly number[]; readonly rate: number },
  each: number,
  controls: number,
): boolean {
  // Evidence rises only with a failure of the new release or a healthy client of the old: the last moment before either of the next is enough.
  const moments = newer.flatMap((place, index) => [
    { installed: place, failed: index + 1 },
    { installed: (newer[index + 1] ?? length + 1) - 1, failed: index + 1 },
  ]);
  return moments.some((treated) => {
    const clients = Math.floor((treated.installed / each) * controls);
    const healthy = clients - older.filter((place) => place <= clients).length;
    // What does not stop where the control's rate is known does not stop where it is not: see below.
    return (
      atRate(treated, { clients, healthy }, rate) >= -Math.log(alpha) &&
      compareWithControl(treated, { clients, healthy }, alpha).stop
    );
  });
}

function stopped(rates: { readonly newer: number; readonly older: number }, seed: number, count: number): number[] {
  return [
    [1, 1],
    [9, 1],
    [1, 4],
  ].map(([each = 1, controls = 1]) => {
    const longest = (length / each) * controls;
    const older = [...streams({ seed: seed + 1_000, count, length: longest, rate: rates.older })];
    const newer = [...streams({ seed, count, length, rate: rates.newer })];
    return newer.filter((places, index) =>
      everStops({ newer: places, older: older[index] ?? [], rate: rates.older }, each, controls),
    ).length;
  });
}

test("a release that fails as often as the control is stopped no more often than alpha says, however often it is looked at", () => {
  for (const [rate, seed] of [
    [0.005, 1],
    [0.02, 2],
    [0.1, 3],
  ] as const) {
    // Beyond this, of 400, a chance of alpha would be seen once in ten thousand such tests.
    for (const times of stopped({ newer: rate, older: rate }, seed, 400)) expect(times).toBeLessThanOrEqual(7);
  }
});

test("one that fails four times as often is stopped, with as many clients beside it or more", () => {
  const [even, , many] = stopped({ newer: 0.08, older: 0.02 }, 7, 50);
  expect(even).toBe(50);
  expect(many).toBe(50);
});

const counts = fc
  .record({ installed: fc.nat(3_000), clients: fc.nat(3_000), failing: fc.nat(1_000), healthy: fc.nat(1_000) })
  .map(({ installed, clients, failing, healthy }) => ({
    treated: { installed, failed: Math.round((installed * failing) / 1_000) },
    control: { clients, healthy: Math.round((clients * healthy) / 1_000) },
  }));

test("the evidence is never more than it is at any one rate of the control", () => {
  fc.assert(
    fc.property(counts, fc.double({ min: 1e-6, max: 0.999, noNaN: true }), ({ treated, control }, c) => {
      expect(Math.log(compareWithControl(treated, control, alpha).eValue)).toBeLessThanOrEqual(
        atRate(treated, control, c) + 1e-6,
      );
    }),
    { numRuns: 500 },
  );
});

test("who has not said how it went only lowers it: a later failure here and a later recovery there can only raise it", () => {
  // The value is told a little too low: see control.ts.
  const slack = 0.06;
  fc.assert(
    fc.property(counts, ({ treated, control }) => {
      const at = (failed: number, healthy: number) =>
        Math.log(compareWithControl({ ...treated, failed }, { ...control, healthy }, alpha).eValue);
      const now = at(treated.failed, control.healthy);
      expect(at(Math.min(treated.installed, treated.failed + 1), control.healthy)).toBeGreaterThanOrEqual(now - slack);
      expect(at(treated.failed, Math.min(control.clients, control.healthy + 1))).toBeGreaterThanOrEqual(now - slack);
    }),
    { numRuns: 300 },
  );
});

test("nothing is proved without a control, nor by one that fails as well", () => {
  expect(compareWithControl({ installed: 500, failed: 100 }, { clients: 0, healthy: 0 }, alpha).stop).toBe(false);
  expect(compareWithControl({ installed: 500, failed: 100 }, { clients: 500, healthy: 400 }, alpha).stop).toBe(false);
  expect(compareWithControl({ installed: 500, failed: 100 }, { clients: 500, healthy: 495 }, alpha).stop).toBe(true);
  expect(() => compareWithControl({ installed: 1, failed: 2 }, { clients: 0, healthy: 0 }, alpha)).toThrow(RangeError);
});
