import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decideAdmission } from "./decide-admission.ts";
import type { OfferRecord } from "./ledger.ts";
import { defaultPlan } from "./plan.ts";
import { planByShare } from "./plan-of.ts";
import { cap, riskBudget } from "./ration.ts";
import { nextShare, orderOf } from "./share.ts";
import { ShareLedger } from "./share-ledger.ts";

const times = { deadlineMs: 100, soakMs: 1_000, agesMs: [10] };
const places = [1_000, 2_000, 3_000, 4_000];

/** A ledger of four known clients, and of so many more that are only said to be there, whose first two are under a share from 0 on. */
function ledgerOf(least = 4) {
  const ledger = new ShareLedger(orderOf(Float64Array.from(places), least), times);
  let no = 0;
  const say = (place: number, more: Partial<OfferRecord> = {}) => {
    const record = { no, offeredAt: 10, groups: [], givenBack: false, answered: false, failed: false, ...more };
    if (more.no === undefined) no++;
    ledger.take(record, place);
    return record.no;
  };
  return { ledger, say };
}

describe("clients under a share", () => {
  it("are at risk from its publication on, before they have said anything, and then missing", () => {
    const { ledger } = ledgerOf();
    ledger.publish({ basisPoints: 2_500, at: 0 });
    ledger.advance(99);
    expect(ledger.counts()).toMatchObject({ installed: 2, inFlight: 2, due: 0, missing: 0 });
    ledger.advance(100);
    expect(ledger.counts()).toMatchObject({ installed: 2, inFlight: 0, due: 2, missing: 2, settled: 0 });
  });

  it("count once, however they report, and late reports end the silence", () => {
    const { ledger, say } = ledgerOf();
    ledger.publish({ basisPoints: 2_500, at: 0 });
    const first = say(1_000);
    say(1_000, { no: first, answered: true });
    ledger.advance(100);
    expect(ledger.counts()).toMatchObject({ installed: 2, settled: 1, missing: 1 });
    say(2_000, { answered: true, failed: true });
    expect(ledger.counts()).toMatchObject({ installed: 2, failed: 1, missing: 0 });
  });

  it("are known in their order alone: who reports first does not come first", () => {
    const { ledger, say } = ledgerOf();
    ledger.publish({ basisPoints: 3_500, at: 0 });
    say(3_000, { answered: true });
    say(2_000, { answered: true });
    ledger.advance(50);
    expect(ledger.counts()).toMatchObject({ settled: 0 });
    say(1_000, { answered: true, failed: true });
    ledger.advance(51);
    expect(ledger.counts()).toMatchObject({ settled: 3, settledFailed: 1 });
  });

  it("that wait for their window stay at risk until they go on", () => {
    const { ledger, say } = ledgerOf();
    ledger.publish({ basisPoints: 1_500, at: 0 });
    say(1_000, { givenBack: true });
    ledger.advance(5_000);
    expect(ledger.counts()).toMatchObject({ installed: 1, inFlight: 1, unsoaked: 1, missing: 0 });
    say(1_000, { offeredAt: 6_000, answered: true });
    ledger.advance(6_001);
    expect(ledger.counts()).toMatchObject({ installed: 1, inFlight: 0, unsoaked: 1 });
  });

  it("that nobody knows by their ids are expected, and their silence says nothing", () => {
    const { ledger, say } = ledgerOf(8);
    ledger.publish({ basisPoints: 2_500, at: 0 });
    expect(ledger.counts()).toMatchObject({ installed: 3, inFlight: 3 });
    say(777, { answered: true, failed: true });
    expect(ledger.counts()).toMatchObject({ installed: 3, inFlight: 2, failed: 1 });
    say(888, { answered: true });
    expect(ledger.counts(), "one more than was expected").toMatchObject({ installed: 4, inFlight: 2 });
    const silent = ledgerOf(8).ledger;
    silent.publish({ basisPoints: 2_500, at: 0 });
    silent.advance(100);
    expect(silent.counts()).toMatchObject({ installed: 2, missing: 2 });
  });

  it("that began before the share was counted count once", () => {
    const { ledger, say } = ledgerOf();
    say(2_000);
    ledger.publish({ basisPoints: 2_500, at: 20 });
    expect(ledger.counts()).toMatchObject({ installed: 2, inFlight: 2 });
  });

  it("leave with their group, and then nobody's silence says anything", () => {
    const { ledger, say } = ledgerOf();
    ledger.publish({ basisPoints: 3_500, at: 0 });
    say(1_000, { groups: ["region=eu"], answered: true, failed: true });
    ledger.halt("region=eu");
    ledger.advance(100);
    expect(ledger.counts()).toMatchObject({ installed: 0, failed: 0, missing: 0 });
    say(2_000, { groups: ["region=eu"] });
    say(3_000, { groups: ["region=us"], answered: true });
    ledger.advance(101);
    expect(ledger.counts()).toMatchObject({ installed: 1, settled: 1 });
  });
});

describe("what a share puts at risk", () => {
  const plan = planByShare({ ...defaultPlan, soak: null }, 1_000);
  const known = (count: number) =>
    orderOf(
      Float64Array.from({ length: count }, (_, i) => (i + 0.5) * 2),
      0,
    );
  /** Whether each client fails in turn, reports, defers, or only time passes. */
  const moves = fc.array(
    fc.record({ healthy: fc.nat(30), failed: fc.nat(1), waits: fc.nat(2), passMs: fc.nat(2_000_000) }),
    { maxLength: 40 },
  );

  it("never exceeds the ration, so that the expected harm in flight stays under B·p/(p − p*) for every p up to U", () => {
    fc.assert(
      fc.property(moves, (steps) => {
        const ledger = new ShareLedger(known(4_000), {
          deadlineMs: plan.reportDeadlineMs,
          soakMs: null,
          agesMs: plan.crashAgesMs,
        });
        let share = 0;
        let now = 0;
        let no = 0;
        let spoke = 0;
        for (const { healthy, failed, waits, passMs } of steps) {
          for (const [count, more] of [
            [failed, { answered: true, failed: true }],
            [healthy, { answered: true }],
            [waits, { givenBack: true }],
          ] as const)
            for (let i = 0; i < count && spoke < ledger.under; i++, spoke++, no++) {
              const record = { no, offeredAt: now, groups: [], givenBack: false, answered: false, failed: false };
              ledger.take({ ...record, ...more }, (spoke + 0.5) * 2);
            }
          now += passMs;
          ledger.advance(now);
          const counts = ledger.counts();
          const decision = decideAdmission({
            plan,
            fleet: 4_000,
            counts,
            groups: [],
            haltedGroups: 0,
            sinceHaltMs: null,
            elapsedMs: now,
          });
          if (decision.verdict !== "continue" || decision.room > 4_000) return;
          const next = nextShare(
            { order: ledger.order, under: ledger.under, basisPoints: share, askMs: 0 },
            decision.room,
          );
          expect(next).toBeGreaterThanOrEqual(share);
          if (next === share) continue;
          share = next;
          ledger.publish({ basisPoints: share, at: now });
          const atRisk = ledger.counts().inFlight;
          const { upper } = decision.why;
          const limit = plan.limits.failure;
          const budget = riskBudget(upper, plan.ration);
          expect(atRisk).toBeLessThanOrEqual(cap(budget, upper, limit));
          for (const p of [limit * 1.01, (limit + upper) / 2, upper])
            if (p > limit && p <= upper) expect(atRisk * p).toBeLessThanOrEqual((budget * p) / (p - limit) + 1e-9);
        }
      }),
      { numRuns: 100 },
    );
  });
});
