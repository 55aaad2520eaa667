import type { OfferRecord } from "@sluice/core/rollout/evidence/ledger.ts";
import type { Said } from "./said.ts";

/** How far the clients of an attempt may be let in, as numbers of offers counted from its beginning. */
export interface AttemptGrant {
  readonly total: number;
  readonly byGroup: Readonly<Record<string, number>>;
  readonly unseenGroup: number;
  /** Who granted it: it counts only while this holder has the controller's lease. Absent: nobody else can be there. */
  readonly holder?: string;
}

/** One promotion as its clients see it. */
export interface Attempt {
  readonly app: string;
  /** Id of the promotion. */
  readonly promotion: string;
  /** Rises with everything that changes about it or its offers. */
  readonly revision: number;
  /** How many offers there were. */
  readonly offered: number;
  /** The same of each group; of so many groups at most that made-up values fill nothing. */
  readonly offeredByGroup: Readonly<Record<string, number>>;
  /** Distinct clients, each counted once in a column: see `ReportCounts`. */
  readonly reached: number;
  readonly healthy: number;
  readonly failed: number;
  readonly grant?: AttemptGrant;
  /** When a client was last refused, to the second, ms since the epoch: as long as any is, others wait. */
  readonly refusedAt?: number;
}

/** A client that asks for the release. */
export interface Ask {
  readonly app: string;
  readonly promotion: string;
  readonly clientId: string;
  readonly groups: readonly string[];
  /** ms since the epoch */
  readonly at: number;
  /** Nobody new is let in: only who was before gets the same answer again. */
  readonly closed: boolean;
  /** The same, and nothing is noted of its wait: it may be made up. */
  readonly stranger?: boolean;
}

/** An offer as it is stored. */
export interface StoredOffer extends OfferRecord {
  readonly clientId: string;
  /** All that the client has said in this attempt: see counting.ts. */
  readonly said: Said;
  /** The attempt's revision when it last changed. */
  readonly revision: number;
}

/**
 * The clients of each promotion: who was let in, and what became of it. Telemetry as reports are, in the same tables' database and
 * committed with them. Every method may fail with an OperationalError; then nothing was stored.
 */
export interface AttemptStore {
  /**
   * Lets a client in where the grant has room for it, durably before this resolves. A client that was let in before gets the same
   * answer again and spends nothing, unless it gave its offer back.
   */
  admit(ask: Ask): Promise<boolean>;
  /** Replaces the grant of an attempt. */
  grant(app: string, promotion: string, grant: AttemptGrant): Promise<void>;
  /** Those of the promotions of which anything is known. */
  attempts(app: string, promotions: readonly string[]): Promise<Attempt[]>;
  /** Offers by number, from one on, at most `limit`; those that changed after a revision, by number; or the last of one client. */
  offers(
    app: string,
    promotion: string,
    which:
      | { readonly from: number; readonly limit: number }
      | { readonly changedAfter: number }
      | { readonly clientId: string },
  ): Promise<StoredOffer[]>;
}
