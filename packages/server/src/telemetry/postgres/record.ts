import type pg from "pg";
import { type Counted, countsChange, saying } from "../counting.ts";
import type { Report } from "../reports.ts";
import { nothingSaid, type Said } from "../said.ts";
import { columns } from "./columns.ts";

interface Client {
  readonly app: string;
  readonly channel: string;
  readonly version: string;
  readonly clientId: string;
}

const keyOf = ({ app, channel, version, clientId }: Client) => JSON.stringify([app, channel, version, clientId]);

const addClients = `
  INSERT INTO sluice_report_clients (app, channel, version, client_id, said)
  SELECT *, 0 FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS row (app, channel, version, client_id)
  ORDER BY app COLLATE "C", channel COLLATE "C", version COLLATE "C", client_id COLLATE "C"
  ON CONFLICT DO NOTHING`;
const lockClients = `
  SELECT app, channel, version, client_id AS "clientId", said FROM sluice_report_clients
  WHERE (app, channel, version, client_id) IN (SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]))
  ORDER BY app, channel, version, client_id FOR UPDATE`;
const updateClients = `
  UPDATE sluice_report_clients AS client SET said = row.said
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[]) AS row (app, channel, version, client_id, said)
  WHERE (client.app, client.channel, client.version, client.client_id) =
    (row.app, row.channel, row.version, row.client_id)`;
const addCounts = `
  INSERT INTO sluice_report_counts AS counts (app, channel, version, reached, healthy, failed, rolled_back)
  SELECT app, channel, version, sum(reached), sum(healthy), sum(failed), sum(rolled_back)
  FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::int[], $6::int[], $7::int[])
    AS row (app, channel, version, reached, healthy, failed, rolled_back)
  GROUP BY app, channel, version ORDER BY app, channel, version
  ON CONFLICT (app, channel, version) DO UPDATE SET
    reached = counts.reached + excluded.reached,
    healthy = counts.healthy + excluded.healthy,
    failed = counts.failed + excluded.failed,
    rolled_back = counts.rolled_back + excluded.rolled_back`;
const addReports = `
  INSERT INTO sluice_reports (app, channel, client_id, version, status, received_at, client_time, details)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[])`;

/**
 * Stores reports inside the caller's transaction. Rows are locked in one order, so that nodes which record at the same
 * time wait for each other and never deadlock.
 */
export async function record(client: pg.ClientBase, reports: readonly Report[]): Promise<void> {
  const clients = [...new Map(reports.map((report) => [keyOf(report), report])).values()];
  const keys = columns<Client>(
    clients,
    (row) => row.app,
    (row) => row.channel,
    (row) => row.version,
    (row) => row.clientId,
  );
  await client.query(addClients, keys);
  const { rows } = await client.query<Client & { said: Said }>(lockClients, keys);

  const said = new Map(rows.map((row) => [keyOf(row), row.said]));
  const news: { report: Report; change: Counted }[] = [];
  for (const report of reports) {
    const before = said.get(keyOf(report)) ?? nothingSaid;
    const after = saying(before, report);
    if (after === before) continue;
    said.set(keyOf(report), after);
    news.push({ report, change: countsChange(before, after) });
  }
  if (news.length === 0) return;

  const changed = clients.map((row) => said.get(keyOf(row)) ?? nothingSaid);
  await client.query(updateClients, [...keys, changed]);
  await client.query(
    addCounts,
    columns(
      news,
      ({ report }) => report.app,
      ({ report }) => report.channel,
      ({ report }) => report.version,
      ({ change }) => change.reached,
      ({ change }) => change.healthy,
      ({ change }) => change.failed,
      ({ change }) => change.rolledBack,
    ),
  );
  await client.query(
    addReports,
    columns(
      news,
      ({ report }) => report.app,
      ({ report }) => report.channel,
      ({ report }) => report.clientId,
      ({ report }) => report.version,
      ({ report }) => report.status,
      ({ report }) => report.receivedAt,
      ({ report }) => report.clientTime ?? null,
      ({ report }) => report.details ?? null,
    ),
  );
}
