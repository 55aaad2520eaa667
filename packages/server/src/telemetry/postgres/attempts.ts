import type pg from "pg";
import type { Connection } from "../../log/postgres/connection.ts";
import { controllerLease } from "../../log/store.ts";
import { admitting, type Change, noAttempt, reporting } from "../admitting.ts";
import { attemptOf, bodyOf, offerOf } from "../attempt-row.ts";
import type { Ask, Attempt, AttemptStore, StoredOffer } from "../attempts.ts";
import type { Report } from "../reports.ts";
import { columns } from "./columns.ts";
import { gather } from "./gather.ts";

interface Key {
  readonly app: string;
  readonly promotion: string;
  readonly clientId: string;
}

const attemptKey = ({ app, promotion }: Omit<Key, "clientId">) => JSON.stringify([app, promotion]);
const clientKey = ({ app, promotion, clientId }: Key) => JSON.stringify([app, promotion, clientId]);

const addAttempts = `
  INSERT INTO sluice_attempts (app, promotion, body)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) AS row (app, promotion, body)
  ORDER BY app COLLATE "C", promotion COLLATE "C" ON CONFLICT DO NOTHING`;
const lockAttempts = `
  SELECT * FROM sluice_attempts WHERE (app, promotion) IN (SELECT * FROM unnest($1::text[], $2::text[]))
  ORDER BY app, promotion FOR UPDATE`;
const selectLatest = `
  SELECT offer.* FROM unnest($1::text[], $2::text[], $3::text[]) AS row (app, promotion, client_id)
  CROSS JOIN LATERAL (
    SELECT * FROM sluice_offers AS offer
    WHERE (offer.app, offer.promotion, offer.client_id) = (row.app, row.promotion, row.client_id)
    ORDER BY no DESC LIMIT 1
  ) AS offer`;
const selectHolder = "SELECT holder FROM sluice_leases WHERE name = $1 AND expires_at > clock_timestamp()";
const saveAttempts = `
  UPDATE sluice_attempts AS attempt SET body = row.body
  FROM unnest($1::text[], $2::text[], $3::text[]) AS row (app, promotion, body)
  WHERE (attempt.app, attempt.promotion) = (row.app, row.promotion)`;
const saveOffers = `
  INSERT INTO sluice_offers
    (app, promotion, no, client_id, offered_at, groups, given_back, answered, failed, crashed_at, said, revision)
  SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::text[], $7::boolean[],
    $8::boolean[], $9::boolean[], $10::bigint[], $11::int[], $12::bigint[])
  ON CONFLICT (app, promotion, no) DO UPDATE SET
    given_back = excluded.given_back, answered = excluded.answered, failed = excluded.failed,
    crashed_at = excluded.crashed_at, said = excluded.said, revision = excluded.revision`;

/** What is worked on inside a transaction: attempts that nobody else changes meanwhile, and the last offers of some clients. */
interface Desk {
  attempt(key: Omit<Key, "clientId">): Attempt;
  latest(key: Key): StoredOffer | undefined;
  put(change: Partial<Change> & Pick<Change, "attempt">): void;
}

/** Does work on attempts inside the caller's transaction. Rows are locked in one order, so nodes wait for each other and never deadlock. */
async function atDesk(client: pg.ClientBase, keys: readonly Key[], work: (desk: Desk) => void): Promise<void> {
  const wanted = [...new Map(keys.map((key) => [attemptKey(key), key])).values()];
  const pair = columns<Key>(
    wanted,
    (key) => key.app,
    (key) => key.promotion,
  );
  await client.query(addAttempts, [...pair, wanted.map(({ app, promotion }) => bodyOf(noAttempt(app, promotion)))]);
  const { rows } = await client.query(lockAttempts, pair);
  const attempts = new Map(rows.map(attemptOf).map((attempt) => [attemptKey(attempt), attempt]));
  const clients = [...new Map(keys.map((key) => [clientKey(key), key])).values()];
  const found = await client.query(
    selectLatest,
    columns<Key>(
      clients,
      (key) => key.app,
      (key) => key.promotion,
      (key) => key.clientId,
    ),
  );
  const latest = new Map<string, StoredOffer>();
  for (const row of found.rows) {
    const offer = offerOf(row);
    latest.set(clientKey({ app: row.app, promotion: row.promotion, clientId: offer.clientId }), offer);
  }
  const changed = new Map<string, Change>();
  let touched = false;
  work({
    attempt: (key) => attempts.get(attemptKey(key)) ?? noAttempt(key.app, key.promotion),
    latest: (key) => latest.get(clientKey(key)),
    put({ attempt, offer }) {
      const { app, promotion } = attempt;
      touched = true;
      attempts.set(attemptKey(attempt), attempt);
      if (offer === undefined) return;
      latest.set(clientKey({ app, promotion, clientId: offer.clientId }), offer);
      changed.set(JSON.stringify([app, promotion, offer.no]), { attempt, offer });
    },
  });
  if (!touched) return;
  await client.query(saveAttempts, [
    ...pair,
    wanted.map((key) => bodyOf(attempts.get(attemptKey(key)) ?? noAttempt(key.app, key.promotion))),
  ]);
  if (changed.size === 0) return;
  await client.query(
    saveOffers,
    columns(
      [...changed.values()],
      ({ attempt }) => attempt.app,
      ({ attempt }) => attempt.promotion,
      ({ offer }) => offer.no,
      ({ offer }) => offer.clientId,
      ({ offer }) => offer.offeredAt,
      ({ offer }) => JSON.stringify(offer.groups),
      ({ offer }) => offer.givenBack,
      ({ offer }) => offer.answered,
      ({ offer }) => offer.failed,
      ({ offer }) => offer.crashedAt ?? null,
      ({ offer }) => offer.said,
      ({ offer }) => offer.revision,
    ),
  );
}

/** Counts reports to the attempts that brought them, inside the caller's transaction. */
export async function takeReports(client: pg.ClientBase, reports: readonly Report[]): Promise<void> {
  const counted = reports.flatMap((report) =>
    report.promotion === undefined ? [] : [{ report, key: { ...report, promotion: report.promotion } }],
  );
  if (counted.length === 0) return;
  await atDesk(
    client,
    counted.map(({ key }) => key),
    (desk) => {
      for (const { report, key } of counted) {
        const change = reporting(desk.attempt(key), desk.latest(key), report);
        if (change !== undefined) desk.put(change);
      }
    },
  );
}

interface Asked {
  readonly ask: Ask;
  admitted: boolean;
}

export function createAttemptStore(connection: Connection): AttemptStore {
  const admitGathered = gather<Asked>((asked) => connection.transaction((client) => admitAll(client, asked)));
  return {
    async admit(ask) {
      const asked: Asked = { ask, admitted: false };
      await admitGathered([asked]);
      return asked.admitted;
    },
    async grant(app, promotion, grant) {
      await connection.transaction(async (client) => {
        const key = [[app], [promotion]];
        await client.query(addAttempts, [...key, [bodyOf(noAttempt(app, promotion))]]);
        const { rows } = await client.query(lockAttempts, key);
        for (const attempt of rows.map(attemptOf))
          await client.query(saveAttempts, [...key, [bodyOf({ ...attempt, grant })]]);
      });
    },
    async attempts(app, promotions) {
      const rows = await connection.query(
        "SELECT * FROM sluice_attempts WHERE app = $1 AND promotion = ANY($2::text[]) ORDER BY promotion",
        [app, promotions],
      );
      return rows.map(attemptOf);
    },
    async offers(app, promotion, which) {
      const [condition, ...values] =
        "clientId" in which
          ? ["client_id = $3 ORDER BY no DESC LIMIT 1", which.clientId]
          : "from" in which
            ? ["no >= $3 ORDER BY no LIMIT $4", which.from, which.limit]
            : ["revision > $3 ORDER BY no", which.changedAfter];
      const rows = await connection.query(
        `SELECT * FROM sluice_offers WHERE app = $1 AND promotion = $2 AND ${condition}`,
        [app, promotion, ...values],
      );
      return rows.map(offerOf);
    },
  };
}

async function admitAll(client: pg.ClientBase, asked: readonly Asked[]): Promise<void> {
  const { rows } = await client.query<{ holder: string }>(selectHolder, [controllerLease]);
  const holder = rows[0]?.holder;
  await atDesk(
    client,
    asked.map(({ ask }) => ask),
    (desk) => {
      for (const one of asked) {
        const { ask } = one;
        const { admitted, write } = admitting(desk.attempt(ask), desk.latest(ask), ask, (name) => name === holder);
        if (write !== undefined) desk.put(write);
        one.admitted = admitted;
      }
    },
  );
}
