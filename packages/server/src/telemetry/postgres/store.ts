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
