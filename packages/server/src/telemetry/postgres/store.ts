import type { Connection } from "../../log/postgres/connection.ts";
import { assertWithinLimits } from "../counting.ts";
import type { Report, ReportStore } from "../reports.ts";
import { countsOf, reportOf } from "../row.ts";
import { createAttemptStore, takeReports } from "./attempts.ts";
import { gather } from "./gather.ts";
import { record } from "./record.ts";

const selectCounts = "SELECT * FROM sluice_report_counts WHERE app = $1 ORDER BY channel, version";
const selectSeen = `
  SELECT channel COLLATE "C" AS channel, COUNT(DISTINCT client_id) AS clients FROM sluice_reports
  WHERE app = $1 AND received_at >= $2 GROUP BY 1 ORDER BY 1`;
const selectKnown = `
  SELECT DISTINCT client_id FROM sluice_reports
  WHERE app = $1 AND client_id > $2 AND channel = $3 AND received_at >= $4 AND received_at < $5
  ORDER BY client_id LIMIT $6`;
const selectNewcomers = `
  SELECT COUNT(*) AS clients, COUNT(*) FILTER (WHERE healthy) AS healthy FROM (
    SELECT client_id, bool_or(status = 'completed') AND NOT bool_or(status IN ('failed', 'rolled-back')) AS healthy
    FROM sluice_reports
    WHERE app = $1 AND version = $3 AND received_at >= $4 AND channel = $2 AND status NOT IN ('deferred', 'altered')
    GROUP BY client_id
  ) AS recent WHERE NOT EXISTS (
    SELECT 1 FROM sluice_reports AS earlier
    WHERE earlier.app = $1 AND earlier.client_id = recent.client_id AND earlier.received_at < $4
      AND earlier.version = $3 AND earlier.channel = $2 AND earlier.status NOT IN ('deferred', 'altered'))`;

/** Client reports in the database of the log, for any number of nodes. */
export function createReportStore(connection: Connection): ReportStore {
  const recordGathered = gather<Report>((reports) =>
    connection.transaction(async (client) => {
      await record(client, reports);
      await takeReports(client, reports);
    }),
  );
  return {
    ...createAttemptStore(connection),
    async record(reports) {
      assertWithinLimits(reports);
      if (reports.length > 0) await recordGathered(reports);
    },
    async counts(app) {
      return (await connection.query(selectCounts, [app])).map(countsOf);
    },
    async newcomers(app, channel, version, since) {
      const [row] = await connection.query(selectNewcomers, [app, channel, version, since]);
      return { since, clients: Number(row?.clients), healthy: Number(row?.healthy) };
    },
    async seen(app, since) {
      const rows = await connection.query(selectSeen, [app, since]);
      return rows.map(({ channel, clients }) => ({ channel: String(channel), clients: Number(clients) }));
    },
    async known(app, channel, { since, before, after, limit }) {
      const rows = await connection.query(selectKnown, [app, after, channel, since, before, limit]);
      return rows.map(({ client_id }) => String(client_id));
    },
    async recent(app, { version, clientId }, limit) {
      const conditions = ["app = $1"];
      const values: unknown[] = [app, limit];
      if (version !== undefined) conditions.push(`version = $${values.push(version)}`);
      if (clientId !== undefined) conditions.push(`client_id = $${values.push(clientId)}`);
      const rows = await connection.query(
        `SELECT * FROM sluice_reports WHERE ${conditions.join(" AND ")} ORDER BY received_at DESC, id DESC LIMIT $2`,
        values,
      );
      return rows.map(reportOf);
    },
  };
}
