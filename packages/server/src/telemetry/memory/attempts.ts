import type { MemoryDatabase } from "../../log/memory/database.ts";
import { controllerLease } from "../../log/store.ts";
import { admitting, type Change, noAttempt, reporting } from "../admitting.ts";
import type { AttemptStore, StoredOffer } from "../attempts.ts";
import type { Report } from "../reports.ts";
import type { StoredAttempt } from "./stored-attempt.ts";

function stored({ attempts }: MemoryDatabase, app: string, promotion: string): StoredAttempt {
  const key = JSON.stringify([app, promotion]);
  const found = attempts.get(key) ?? { attempt: noAttempt(app, promotion), offers: [], latest: new Map() };
  attempts.set(key, found);
  return found;
}

function latestOf({ offers, latest }: StoredAttempt, clientId: string): StoredOffer | undefined {
  const no = latest.get(clientId);
  return no === undefined ? undefined : offers[no];
}

function put(found: StoredAttempt, { attempt, offer }: Partial<Change> & Pick<Change, "attempt">): void {
  found.attempt = attempt;
  if (offer === undefined) return;
  found.offers[offer.no] = offer;
  found.latest.set(offer.clientId, offer.no);
}

/** Counts a report to the attempt that brought it. */
export function takeReport(database: MemoryDatabase, report: Report): void {
  if (report.promotion === undefined) return;
  const found = stored(database, report.app, report.promotion);
  const change = reporting(found.attempt, latestOf(found, report.clientId), report);
  if (change !== undefined) put(found, change);
}

/** @param assertOpen throws when this node's stores were closed. */
export function createAttemptStore(database: MemoryDatabase, assertOpen: () => void): AttemptStore {
  const holds = (holder: string) => {
    const lease = database.leases.get(controllerLease);
    return lease?.holder === holder && lease.expiresAt > database.clock.now();
  };
  return {
    async admit(ask) {
      assertOpen();
      const found = stored(database, ask.app, ask.promotion);
      const { admitted, write } = admitting(found.attempt, latestOf(found, ask.clientId), ask, holds);
      if (write !== undefined) put(found, write);
      return admitted;
    },
    async grant(app, promotion, grant) {
      assertOpen();
      const found = stored(database, app, promotion);
      found.attempt = { ...found.attempt, grant };
    },
    async attempts(app, promotions) {
      assertOpen();
      return promotions.flatMap((promotion) => database.attempts.get(JSON.stringify([app, promotion]))?.attempt ?? []);
    },
    async offers(app, promotion, which) {
      assertOpen();
      const found = stored(database, app, promotion);
      const { offers } = found;
      if ("clientId" in which) return [latestOf(found, which.clientId)].filter((offer) => offer !== undefined);
      return "from" in which
        ? offers.slice(which.from, which.from + which.limit)
        : offers.filter(({ revision }) => revision > which.changedAfter);
    },
  };
}
