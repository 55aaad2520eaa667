import type { DatabaseSync } from "node:sqlite";
import { controllerLease } from "../../log/store.ts";
import { admitting, type Change, noAttempt, reporting } from "../admitting.ts";
import { attemptOf, bodyOf, offerOf } from "../attempt-row.ts";
import type { Ask, Attempt, AttemptGrant, StoredOffer } from "../attempts.ts";
import type { Report } from "../reports.ts";

/** The statements on the tables of attempts. They run on the writer's thread, the writing ones inside its transaction. */
export function prepareAttempts(db: DatabaseSync) {
  const selectAttempt = db.prepare("SELECT * FROM attempts WHERE app = ? AND promotion = ?");
  const upsertAttempt = db.prepare(`
    INSERT INTO attempts (app, promotion, body) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body`);
  const selectLatest = db.prepare(
    "SELECT * FROM offers WHERE app = ? AND promotion = ? AND client_id = ? ORDER BY no DESC LIMIT 1",
  );
  const upsertOffer = db.prepare(`
    INSERT INTO offers
      (app, promotion, no, client_id, offered_at, groups, given_back, answered, failed, crashed_at, said, revision)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET
      given_back = excluded.given_back, answered = excluded.answered, failed = excluded.failed,
      crashed_at = excluded.crashed_at, said = excluded.said, revision = excluded.revision`);
  const selectPage = db.prepare("SELECT * FROM offers WHERE app = ? AND promotion = ? AND no >= ? ORDER BY no LIMIT ?");
  const selectChanged = db.prepare("SELECT * FROM offers WHERE app = ? AND promotion = ? AND revision > ? ORDER BY no");
  const selectLease = db.prepare("SELECT 1 FROM leases WHERE name = ? AND holder = ? AND expires_at > ?");

  const load = (app: string, promotion: string): Attempt | undefined => {
    const row = selectAttempt.get(app, promotion);
    return row === undefined ? undefined : attemptOf(row);
  };
  const saveAttempt = (attempt: Attempt) => upsertAttempt.run(attempt.app, attempt.promotion, bodyOf(attempt));
  const latestOf = (app: string, promotion: string, clientId: string): StoredOffer | undefined => {
    const row = selectLatest.get(app, promotion, clientId);
    return row === undefined ? undefined : offerOf(row);
  };
  const save = ({ attempt, offer }: Partial<Change> & Pick<Change, "attempt">) => {
    saveAttempt(attempt);
    if (offer === undefined) return;
    const { no, clientId, offeredAt, groups, givenBack, answered, failed, crashedAt, said, revision } = offer;
    const flags = [givenBack, answered, failed].map(Number);
    const { app, promotion } = attempt;
    upsertOffer.run(
      ...[app, promotion, no, clientId, offeredAt, JSON.stringify(groups), ...flags],
      ...[crashedAt ?? null, said, revision],
    );
  };

  return {
    takeReport(report: Report): void {
      const { app, promotion, clientId } = report;
      if (promotion === undefined) return;
      const attempt = load(app, promotion) ?? noAttempt(app, promotion);
      const change = reporting(attempt, latestOf(app, promotion, clientId), report);
      if (change !== undefined) save(change);
    },
    admit(ask: Ask): boolean {
      const { app, promotion, clientId, at } = ask;
      const attempt = load(app, promotion);
      if (attempt === undefined) return false;
      const holds = (holder: string) => selectLease.get(controllerLease, holder, at) !== undefined;
      const { admitted, write } = admitting(attempt, latestOf(app, promotion, clientId), ask, holds);
      if (write !== undefined) save(write);
      return admitted;
    },
    grant(app: string, promotion: string, grant: AttemptGrant): void {
      saveAttempt({ ...(load(app, promotion) ?? noAttempt(app, promotion)), grant });
    },
    attempts(app: string, promotions: readonly string[]): Attempt[] {
      return promotions.flatMap((promotion) => load(app, promotion) ?? []);
    },
    offersFrom(app: string, promotion: string, from: number, limit: number): StoredOffer[] {
      return selectPage.all(app, promotion, from, limit).map(offerOf);
    },
    offersOf(app: string, promotion: string, clientId: string): StoredOffer[] {
      return [latestOf(app, promotion, clientId)].filter((offer) => offer !== undefined);
    },
    offersChanged(app: string, promotion: string, after: number): StoredOffer[] {
      return selectChanged.all(app, promotion, after).map(offerOf);
    },
  };
}
