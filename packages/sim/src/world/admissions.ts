import type { MemoryDatabase } from "@sluice/server/log/memory/database.ts";
import { controllerLease } from "@sluice/server/log/store.ts";
import type { ReportStore } from "@sluice/server/telemetry/reports.ts";

/** A client that was let in to a rollout that pays with evidence, and that was not before. */
export interface Admission {
  readonly promotion: string;
  readonly client: string;
  /** How long the log was then. */
  readonly seq: number;
  /** Whoever granted it led then. True where no lease is asked for. */
  readonly led: boolean;
}

/** The store, with a note of each client that is newly let in. */
export function notingAdmissions(store: ReportStore, database: MemoryDatabase, noted: Admission[]): ReportStore {
  return {
    ...store,
    admit(ask) {
      const of = () => database.attempts.get(JSON.stringify([ask.app, ask.promotion]))?.attempt;
      const before = of()?.offered ?? 0;
      const holder = of()?.grant?.holder;
      const lease = database.leases.get(controllerLease);
      const leads = lease?.holder === holder && lease !== undefined && lease.expiresAt > database.clock.now();
      // In memory it is decided and written before anybody else can come between.
      const answer = store.admit(ask);
      if ((of()?.offered ?? 0) > before)
        noted.push({
          promotion: ask.promotion,
          client: ask.clientId,
          seq: database.logs.get(ask.app)?.length ?? 0,
          led: holder === undefined || leads,
        });
      return answer;
    },
  };
}
