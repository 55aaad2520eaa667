import fc from "fast-check";
import { expect, test } from "vitest";
import { systemClock } from "../clock/clock.ts";
import { createMemoryDatabase } from "../log/memory/database.ts";
import type { StoredOffer } from "./attempts.ts";
import { createReportStore } from "./memory/store.ts";
import type { Report, ReportStatus } from "./reports.ts";

const app = "shop";
const promotions = ["beta-1", "stable-1"] as const;
type Promotion = (typeof promotions)[number];
type Move =
  | { readonly what: "ask"; readonly client: string; readonly promotion: Promotion }
  | { readonly what: "say"; readonly client: string; readonly promotion: Promotion; readonly status: ReportStatus };

const client = fc.constantFrom("a", "b", "c", "d", "e");
const promotion = fc.constantFrom(...promotions);
const status = fc.constantFrom<ReportStatus>("in-progress", "completed", "failed", "rolled-back", "deferred");
/** Clients that ask again, come back on another channel, and report twice, late, in any order, of what they were never offered, or never. */
const moves: fc.Arbitrary<Move[]> = fc.array(
  fc.oneof(
    fc.record({ what: fc.constant("ask" as const), client, promotion }),
    fc.record({ what: fc.constant("say" as const), client, promotion, status }),
  ),
  { maxLength: 40 },
);

const reportOf = ({ client: clientId, promotion: of, status: said }: Move & { what: "say" }, at: number): Report => ({
  app,
  channel: of.slice(0, -2),
  clientId,
  version: "1.0.0",
  status: said,
  promotion: of,
  receivedAt: at,
});

async function played(all: readonly Move[], total: number) {
  const store = createReportStore(createMemoryDatabase(systemClock), () => {});
  for (const name of promotions) await store.grant(app, name, { total, byGroup: {}, unseenGroup: total });
  const admitted = new Map<Promotion, Set<string>>(promotions.map((name) => [name, new Set()]));
  for (const [at, move] of all.entries()) {
    const [before] = await store.attempts(app, [move.promotion]);
    if (move.what === "say") {
      await store.record([reportOf(move, at)]);
      continue;
    }
    const { client: clientId, promotion: of } = move;
    const letIn = await store.admit({ app, promotion: of, clientId, groups: [], at, closed: false });
    const [after] = await store.attempts(app, [of]);
    // A new offer is made only while there is room; the same answer again costs nothing.
    if ((after?.offered ?? 0) > (before?.offered ?? 0)) expect(before?.offered ?? 0).toBeLessThan(total);
    if (letIn) admitted.get(of)?.add(clientId);
  }
  const attempts = await store.attempts(app, promotions);
  const offers = new Map<Promotion, StoredOffer[]>();
  for (const name of promotions) offers.set(name, await store.offers(app, name, { from: 0, limit: 1_000 }));
  return { attempts, offers, admitted, counts: await store.counts(app) };
}

/** What a list of all that was ever said comes to, each client counted once. */
function modelOf(all: readonly Move[], of: Promotion) {
  const said = new Map<string, Set<ReportStatus>>();
  for (const move of all)
    if (move.what === "say" && move.promotion === of)
      said.set(move.client, (said.get(move.client) ?? new Set()).add(move.status));
  const clients = [...said.values()];
  const harmed = (each: ReadonlySet<ReportStatus>) => each.has("failed") || each.has("rolled-back");
  return {
    reached: clients.filter((each) => each.size > (each.has("deferred") ? 1 : 0)).length,
    healthy: clients.filter((each) => each.has("completed") && !harmed(each)).length,
    failed: clients.filter(harmed).length,
  };
}

test("every client counts once in each rollout, whatever it asks and says, how often, and in which order", async () => {
  await fc.assert(
    fc.asyncProperty(moves, fc.integer({ min: 0, max: 4 }), fc.infiniteStream(fc.nat()), async (all, total, draws) => {
      const { attempts, offers, admitted, counts } = await played(all, total);
      const shuffled = await played(
        all
          .map((move) => ({ move, at: draws.next().value ?? 0 }))
          .sort((a, b) => a.at - b.at)
          .map(({ move }) => move),
        total,
      );
      for (const name of promotions) {
        const model = modelOf(all, name);
        expect(attempts.find((attempt) => attempt.promotion === name)).toMatchObject(model);
        expect(shuffled.attempts.find((attempt) => attempt.promotion === name)).toMatchObject(model);
        const [own] = counts.filter(({ channel }) => name.startsWith(channel));
        if (own !== undefined) expect(own).toMatchObject(model);
        const open = (offers.get(name) ?? []).filter(({ givenBack }) => !givenBack);
        expect(new Set(open.map(({ clientId }) => clientId)).size).toBe(open.length);
        // Whoever was let in is written down.
        const known = new Set((offers.get(name) ?? []).map(({ clientId }) => clientId));
        for (const id of admitted.get(name) ?? []) expect(known).toContain(id);
      }
    }),
    { numRuns: 300 },
  );
});
