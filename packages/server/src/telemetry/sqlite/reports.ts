import type { DatabaseSync } from "node:sqlite";
import type { Newcomers } from "@sluice/core/analysis/measurement.ts";
import { countsChange, saying } from "../counting.ts";
import type { ChannelClients, KnownQuery, Report, ReportCounts } from "../reports.ts";
import { countsOf, reportOf } from "../row.ts";
import { nothingSaid } from "../said.ts";

/** The statements on the tables of reports. They run on the writer's thread, the writing ones inside its transaction. */
export function prepareReports(db: DatabaseSync) {
  const selectSaid = db.prepare(
    "SELECT said FROM report_clients WHERE app = ? AND channel = ? AND version = ? AND client_id = ?",
  );
  const upsertSaid = db.prepare(`
    INSERT INTO report_clients (app, channel, version, client_id, said) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET said = excluded.said`);
  const addCounts = db.prepare(`
    INSERT INTO report_counts AS counts (app, channel, version, reached, healthy, failed, rolled_back)
    VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET
      reached = counts.reached + excluded.reached,
      healthy = counts.healthy + excluded.healthy,
      failed = counts.failed + excluded.failed,
      rolled_back = counts.rolled_back + excluded.rolled_back`);
  const insert = db.prepare(`
    INSERT INTO reports (app, channel, client_id, version, status, received_at, client_time, details)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);
  const selectCounts = db.prepare("SELECT * FROM report_counts WHERE app = ? ORDER BY channel, version");
  const selectSeen = db.prepare(`
    SELECT channel, COUNT(DISTINCT client_id) AS clients FROM reports
    WHERE app = ? AND received_at >= ? GROUP BY channel ORDER BY channel`);
  const selectKnown = db.prepare(`
    SELECT DISTINCT client_id FROM reports
    WHERE app = ? AND client_id > ? AND channel = ? AND received_at >= ? AND received_at < ?
    ORDER BY client_id LIMIT ?`);

  const selectNewcomers = db.prepare(`
    SELECT COUNT(*) AS clients, COALESCE(SUM(healthy), 0) AS healthy FROM (
      SELECT client_id, MAX(status = 'completed') AND NOT MAX(status IN ('failed', 'rolled-back')) AS healthy
      FROM reports
      WHERE app = $app AND version = $version AND received_at >= $since
        AND channel = $channel AND status NOT IN ('deferred', 'altered')
      GROUP BY client_id
    ) AS recent WHERE NOT EXISTS (
      SELECT 1 FROM reports AS earlier
      WHERE earlier.app = $app AND earlier.client_id = recent.client_id AND earlier.received_at < $since
        AND earlier.version = $version AND earlier.channel = $channel AND earlier.status NOT IN ('deferred', 'altered'))`);

  const recordOne = (report: Report) => {
    const { app, channel, clientId, version, status, receivedAt, clientTime, details } = report;
    const before = Number(selectSaid.get(app, channel, version, clientId)?.said ?? nothingSaid);
    const after = saying(before, report);
    if (after === before) return;
    const change = countsChange(before, after);
    upsertSaid.run(app, channel, version, clientId, after);
    addCounts.run(app, channel, version, change.reached, change.healthy, change.failed, change.rolledBack);
    insert.run(app, channel, clientId, version, status, receivedAt, clientTime ?? null, details ?? null);
  };

  return {
    record(reports: readonly Report[]): void {
      for (const report of reports) recordOne(report);
    },
    counts(app: string): ReportCounts[] {
      return selectCounts.all(app).map(countsOf);
    },
    seen(app: string, since: number): ChannelClients[] {
      return selectSeen
        .all(app, since)
        .map(({ channel, clients }) => ({ channel: String(channel), clients: Number(clients) }));
    },
    known(app: string, channel: string, { since, before, after, limit }: KnownQuery): string[] {
      const rows = selectKnown.all(app, after, channel, since, before, limit);
      return rows.map(({ client_id }) => String(client_id));
    },
    newcomers(app: string, channel: string, version: string, since: number): Newcomers {
      const row = selectNewcomers.get({ $app: app, $channel: channel, $version: version, $since: since });
      return { since, clients: Number(row?.clients), healthy: Number(row?.healthy) };
    },
    recent(app: string, version: string | undefined, clientId: string | undefined, limit: number): Report[] {
      const conditions = ["app = $app"];
      const values: Record<string, string | number> = { $app: app, $limit: limit };
      if (version !== undefined) {
        conditions.push("version = $version");
        values.$version = version;
      }
      if (clientId !== undefined) {
        conditions.push("client_id = $client");
        values.$client = clientId;
      }
      const where = conditions.join(" AND ");
      return db
        .prepare(`SELECT * FROM reports WHERE ${where} ORDER BY received_at DESC, id DESC LIMIT $limit`)
        .all(values)
        .map(reportOf);
    },
  };
}
