import fc from "fast-check";
import { expect, it } from "vitest";
import { Ledger } from "./ledger.ts";

const times = { dueTicks: 10, soakTicks: 25, ageTicks: [8, 20] };

interface Client {
  readonly group: number;
  readonly offered: number;
  /** After how many ticks it reports; null for never. */
  readonly delay: number | null;
  readonly fails: boolean;
  /** At which age it reports a crash; null for never. */
  readonly crash: number | null;
}

const clients: fc.Arbitrary<Client[]> = fc
  .array(
    fc.record({
      group: fc.nat(2),
      gap: fc.nat(3),
      delay: fc.option(fc.integer({ min: 1, max: 30 }), { freq: 6 }),
      fails: fc.boolean(),
      crash: fc.option(fc.integer({ min: 3, max: 40 }), { freq: 1 }),
    }),
    { minLength: 1, maxLength: 30 },
  )
  .map((drawn) => {
    let offered = 0;
    return drawn.map(({ gap, ...client }) => {
      offered += gap;
      const silentOrFailed = client.delay === null || client.fails;
      return { ...client, offered, crash: silentOrFailed ? null : client.crash };
    });
  });

/** The counts as they are defined, from the whole history. */
function recount(all: readonly Client[], now: number, group: number | null) {
  const seen = all
    .filter((client) => client.offered <= now && (group === null || client.group === group))
    .map((client) => {
      const early = client.crash !== null && client.crash < 8 && client.offered + client.crash <= now;
      const answered = client.delay !== null && client.offered + client.delay <= now;
      const crashed = client.crash !== null && client.crash >= 8 && client.offered + client.crash <= now;
      return {
        age: now - client.offered,
        reported: answered || early,
        failed: early || (answered && client.fails),
        crashed,
        crash: client.crash ?? 0,
      };
    });
  const due = seen.filter(({ age }) => age >= times.dueTicks);
  const open = seen.findIndex(({ age, reported }) => age < times.dueTicks && !reported);
  const settled = (open < 0 ? seen : seen.slice(0, open)).filter(({ reported }) => reported);
  const soaked = seen.filter(({ age, reported }) => age >= times.soakTicks && reported);
  const own = {
    installed: seen.length,
    failed: seen.filter(({ failed }) => failed).length,
    inFlight: seen.filter(({ age, reported }) => age < times.dueTicks && !reported).length,
    settled: settled.length,
    settledFailed: settled.filter(({ failed }) => failed).length,
  };
  return {
    own,
    whole: {
      ...own,
      due: due.length,
      missing: due.filter(({ reported }) => !reported).length,
      unsoaked: seen.filter(({ age, failed, crashed }) => age < times.soakTicks && !failed && !crashed).length,
      soaked: soaked.length,
      soakedFailed: soaked.filter(({ failed, crashed }) => failed || crashed).length,
    },
    crashes: times.ageTicks.map((age) => seen.filter(({ crashed, crash }) => crashed && crash >= age).length),
  };
}

function play(all: readonly Client[], until: number, look: (ledger: Ledger, tick: number) => void): void {
  const ledger = new Ledger(all.length, 3, times);
  for (let tick = 0; tick <= until; tick++) {
    all.forEach((client, index) => {
      if (client.delay !== null && client.offered + client.delay === tick) ledger.report(index, client.fails);
      if (client.crash !== null && client.offered + client.crash === tick) ledger.crash(index, client.crash);
    });
    ledger.advance(tick);
    for (const client of all) if (client.offered === tick) ledger.offer(tick, client.group);
    ledger.advance(tick);
    look(ledger, tick);
  }
}

it("counts at every moment what a recount of the whole history counts", () => {
  fc.assert(
    fc.property(clients, (all) => {
      play(all, 150, (ledger, tick) => {
        const { ages, ...whole } = ledger.counts;
        const expected = recount(all, tick, null);
        expect(whole).toEqual(expected.whole);
        expect(ages.map(({ crashes }) => crashes)).toEqual(expected.crashes);
        for (const [group, { name: _, ...counts }] of ledger.groups.entries()) {
          expect(counts).toEqual(recount(all, tick, group).own);
        }
      });
    }),
    { numRuns: 150 },
  );
});

it("counts the clients of a halted group no more", () => {
  fc.assert(
    fc.property(clients, fc.nat(80), (all, at) => {
      play(all, 150, (ledger, tick) => {
        if (tick === at) ledger.halt(1);
        if (tick < at) return;
        const { ages: _, ...whole } = ledger.counts;
        const others = all.filter(({ group, offered }) => group !== 1 || offered > at);
        const late = others.some(({ group }) => group === 1);
        // Nobody is offered a release that is halted for its group.
        if (!late)
          expect({ ...whole, settled: 0, settledFailed: 0 }).toEqual({
            ...recount(others, tick, null).whole,
            settled: 0,
            settledFailed: 0,
          });
        expect(whole.settled).toBeGreaterThanOrEqual(whole.settledFailed);
      });
    }),
    { numRuns: 150 },
  );
});
