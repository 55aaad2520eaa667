import type { ReleaseCounts } from "@sluice/core/rollout/evidence/counts.ts";
import { Ledger, type LedgerTimes } from "@sluice/core/rollout/evidence/ledger.ts";
import type { Offers } from "@sluice/core/rollout/evidence/offers.ts";
import type { EvidencePlan } from "@sluice/core/rollout/evidence/plan.ts";
import { planByShare } from "@sluice/core/rollout/evidence/plan-of.ts";
import type { PublishedShare } from "@sluice/core/rollout/evidence/share.ts";
import { countsByShare, ShareLedger } from "@sluice/core/rollout/evidence/share-ledger.ts";
import type { Attempt, StoredOffer } from "./attempts.ts";
import { type Audience, nativePlaceOf, shareOrderOf } from "./known-clients.ts";
import type { ReportStore } from "./reports.ts";

/** Offers read at once when a ledger is made anew. */
const pageSize = 10_000;

interface Kept {
  readonly ledger: Ledger;
  /** Beside it, where clients are let in by a published share: all who are under it, and where they stand. */
  readonly byShare?: {
    readonly ledger: ShareLedger;
    readonly salt: string /** How many shares it has taken in. */;
    published: number;
  };
  /** What its times and groups were made from: another pipeline needs another ledger. */
  readonly madeFor: string;
  /** Up to which revision of the attempt it has read. */
  revision: number;
  /** One reads at a time. */
  reading: Promise<void>;
}

/** What is to be counted. */
interface Counting {
  readonly attempt: Attempt;
  readonly plan: EvidencePlan;
  /** Groups that are watched from the beginning, whoever comes first. */
  readonly watchedGroups: readonly string[];
  readonly haltedGroups: readonly string[];
  /** Where clients are let in by a published share: who they are, and the shares so far. */
  readonly byShare?: ByShare;
  readonly fleet: number;
  /** ms since the epoch */
  readonly now: number;
}

interface ByShare {
  readonly audience: Audience;
  readonly shares: readonly PublishedShare[];
  /** How long it takes until everybody has read a share, in ms. */
  readonly askMs: number;
  /** Who is under the share is offered it no more. */
  readonly withheld: boolean;
}

/** The counts of rollouts, in memory and following the store: after the first time only what has changed is read. */
export class Ledgers {
  readonly #store: ReportStore;
  readonly #kept = new Map<string, Kept>();

  constructor(store: ReportStore) {
    this.#store = store;
  }

  /** Counts the offers of an attempt as they stand in the store. May fail with an OperationalError. */
  async count(counting: Counting): Promise<Offers> {
    const kept = await this.#ledgerOf(counting);
    kept.reading = kept.reading
      .catch(() => {})
      .then(() => this.#readOn(kept, counting.attempt, counting.byShare?.shares ?? []));
    await kept.reading;
    const { ledger } = kept;
    const asked = [ledger.lastOfferedAt, counting.attempt.refusedAt].filter((at) => at !== undefined);
    for (const group of counting.haltedGroups) ledger.halt(group);
    ledger.advance(counting.now);
    const byShare = await this.#countByShare(kept, counting);
    return {
      fleet: counting.fleet,
      counts: copyOf(ledger.counts),
      ...byShare,
      groups: ledger.groups().map((group) => ({ ...group })),
      offered: ledger.offered,
      ...(asked.length === 0 ? {} : { lastAskedAt: Math.max(...asked) }),
      offeredByGroup: ledger.offeredByGroup(),
    };
  }

  /**
   * When passing time next changes what is counted, ms since the epoch; undefined when it does not.
   * @param decided only silence can still change anything: the release is everybody's
   */
  nextChange(app: string, promotion: string, decided: boolean): number | undefined {
    const kept = this.#kept.get(keyOf({ app, promotion }));
    const moments = [kept?.ledger, kept?.byShare?.ledger].flatMap(
      (ledger) => (decided ? ledger?.nextDeadline() : ledger?.nextChange()) ?? [],
    );
    return moments.length === 0 ? undefined : Math.min(...moments);
  }

  /** Forgets the ledgers of an application but those of these promotions. */
  keepOnly(app: string, promotions: readonly string[]): void {
    const keys = new Set(promotions.map((promotion) => keyOf({ app, promotion })));
    const own = `${JSON.stringify([app]).slice(0, -1)},`;
    for (const key of this.#kept.keys()) if (key.startsWith(own) && !keys.has(key)) this.#kept.delete(key);
  }

  async #countByShare(kept: Kept, { byShare, haltedGroups, now, fleet }: Counting): Promise<Partial<Offers>> {
    if (kept.byShare === undefined || byShare === undefined) return {};
    const { ledger } = kept.byShare;
    publishUntil(kept.byShare, byShare.shares, Number.POSITIVE_INFINITY);
    for (const group of haltedGroups) ledger.halt(group);
    if (byShare.withheld) ledger.ignoreSilence();
    ledger.advance(now);
    const { askMs, shares } = byShare;
    const basisPoints = shares.at(-1)?.basisPoints ?? 0;
    const expected = { order: ledger.order, under: ledger.under, basisPoints, askMs };
    return {
      fleet: Math.max(fleet, ledger.order.places.length),
      counts: countsByShare(ledger.counts(), copyOf(kept.ledger.counts)),
      expected,
    };
  }

  async #ledgerOf({ attempt, plan, watchedGroups, byShare }: Counting): Promise<Kept> {
    const key = keyOf(attempt);
    const times = timesOf(plan);
    const madeFor = JSON.stringify([times, plan.groupsMost, watchedGroups, byShare?.askMs, byShare?.audience]);
    const known = this.#kept.get(key);
    if (known?.madeFor === madeFor) return known;
    const shared = byShare && {
      ledger: new ShareLedger(
        await shareOrderOf(this.#store, byShare.audience),
        timesOf(planByShare(plan, byShare.askMs)),
      ),
      salt: byShare.audience.salt,
      published: 0,
    };
    const ledger = new Ledger(times, plan.groupsMost, watchedGroups);
    const made = { ledger, madeFor, revision: 0, reading: Promise.resolve() };
    const kept = shared === undefined ? made : { ...made, byShare: shared };
    this.#kept.set(key, kept);
    return kept;
  }

  async #readOn(kept: Kept, { app, promotion, revision }: Attempt, shares: readonly PublishedShare[]): Promise<void> {
    if (kept.revision >= revision) return;
    const take = (offer: StoredOffer) => {
      kept.ledger.take(offer);
      if (kept.byShare === undefined) return;
      publishUntil(kept.byShare, shares, offer.offeredAt);
      kept.byShare.ledger.take(offer, nativePlaceOf(kept.byShare.salt, offer.clientId));
    };
    if (kept.revision === 0) {
      for (let from = 0; ; from += pageSize) {
        const page = await this.#store.offers(app, promotion, { from, limit: pageSize });
        for (const offer of page) take(offer);
        if (page.length < pageSize) break;
      }
    } else {
      const changed = await this.#store.offers(app, promotion, { changedAfter: kept.revision });
      for (const offer of changed) take(offer);
    }
    kept.revision = revision;
  }
}

/** Lets the shares that could be read by a moment take in whom they let in. */
function publishUntil(byShare: NonNullable<Kept["byShare"]>, shares: readonly PublishedShare[], moment: number): void {
  for (
    let next = shares[byShare.published];
    next !== undefined && next.at <= moment;
    next = shares[byShare.published]
  ) {
    byShare.ledger.publish(next);
    byShare.published++;
  }
}

function timesOf(plan: EvidencePlan): LedgerTimes {
  return { deadlineMs: plan.reportDeadlineMs, soakMs: plan.soak?.ms ?? null, agesMs: plan.crashAgesMs };
}

function keyOf({ app, promotion }: { readonly app: string; readonly promotion: string }): string {
  return JSON.stringify([app, promotion]);
}

function copyOf(counts: ReleaseCounts): ReleaseCounts {
  return { ...counts, ages: counts.ages.map((age) => ({ ...age })) };
}
