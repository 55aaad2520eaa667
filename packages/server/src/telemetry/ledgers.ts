import type { ReleaseCounts } from "@sluice/core/rollout/evidence/counts.ts";
import { Ledger } from "@sluice/core/rollout/evidence/ledger.ts";
import type { Offers } from "@sluice/core/rollout/evidence/offers.ts";
import type { EvidencePlan } from "@sluice/core/rollout/evidence/plan.ts";
import type { Attempt, AttemptStore } from "./attempts.ts";

/** Offers read at once when a ledger is made anew. */
const pageSize = 10_000;

interface Kept {
  readonly ledger: Ledger;
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
  readonly fleet: number;
  /** ms since the epoch */
  readonly now: number;
}

/** The counts of rollouts, in memory and following the store: after the first time only what has changed is read. */
export class Ledgers {
  readonly #store: AttemptStore;
  readonly #kept = new Map<string, Kept>();

  constructor(store: AttemptStore) {
    this.#store = store;
  }

  /** Counts the offers of an attempt as they stand in the store. May fail with an OperationalError. */
  async count(counting: Counting): Promise<Offers> {
    const kept = this.#ledgerOf(counting);
    kept.reading = kept.reading.catch(() => {}).then(() => this.#readOn(kept, counting.attempt));
    await kept.reading;
    const { ledger } = kept;
    const asked = [ledger.lastOfferedAt, counting.attempt.refusedAt].filter((at) => at !== undefined);
    for (const group of counting.haltedGroups) ledger.halt(group);
    ledger.advance(counting.now);
    return {
      fleet: counting.fleet,
      counts: copyOf(ledger.counts),
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
    const ledger = this.#kept.get(keyOf({ app, promotion }))?.ledger;
    return decided ? ledger?.nextDeadline() : ledger?.nextChange();
  }

  /** Forgets the ledgers of an application but those of these promotions. */
  keepOnly(app: string, promotions: readonly string[]): void {
    const keys = new Set(promotions.map((promotion) => keyOf({ app, promotion })));
    const own = `${JSON.stringify([app]).slice(0, -1)},`;
    for (const key of this.#kept.keys()) if (key.startsWith(own) && !keys.has(key)) this.#kept.delete(key);
  }

  #ledgerOf({ attempt, plan, watchedGroups }: Counting): Kept {
    const key = keyOf(attempt);
    const times = { deadlineMs: plan.reportDeadlineMs, soakMs: plan.soak?.ms ?? null, agesMs: plan.crashAgesMs };
    const madeFor = JSON.stringify([times, plan.groupsMost, watchedGroups]);
    const known = this.#kept.get(key);
    if (known?.madeFor === madeFor) return known;
    const ledger = new Ledger(times, plan.groupsMost, watchedGroups);
    const made = { ledger, madeFor, revision: 0, reading: Promise.resolve() };
    this.#kept.set(key, made);
    return made;
  }

  async #readOn(kept: Kept, { app, promotion, revision }: Attempt): Promise<void> {
    if (kept.revision >= revision) return;
    if (kept.revision === 0) {
      for (let from = 0; ; from += pageSize) {
        const page = await this.#store.offers(app, promotion, { from, limit: pageSize });
        for (const offer of page) kept.ledger.take(offer);
        if (page.length < pageSize) break;
      }
    } else {
      const changed = await this.#store.offers(app, promotion, { changedAfter: kept.revision });
      for (const offer of changed) kept.ledger.take(offer);
    }
    kept.revision = revision;
  }
}

function keyOf({ app, promotion }: { readonly app: string; readonly promotion: string }): string {
  return JSON.stringify([app, promotion]);
}

function copyOf(counts: ReleaseCounts): ReleaseCounts {
  return { ...counts, ages: counts.ages.map((age) => ({ ...age })) };
}
