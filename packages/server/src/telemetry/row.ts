import type { Report, ReportCounts, ReportStatus } from "./reports.ts";

type Row = Readonly<Record<string, unknown>>;

/** Reads a row of the table `reports`. */
export function reportOf(row: Row): Report {
  return {
    app: String(row.app),
    channel: String(row.channel),
    clientId: String(row.client_id),
    version: String(row.version),
    status: row.status as ReportStatus,
    receivedAt: Number(row.received_at),
    ...(row.client_time === null ? {} : { clientTime: String(row.client_time) }),
    ...(row.details === null ? {} : { details: String(row.details) }),
  };
}

/** Reads a row of the table `report_counts`. */
export function countsOf(row: Row): ReportCounts {
  return {
    app: String(row.app),
    channel: String(row.channel),
    version: String(row.version),
    reached: Number(row.reached),
    healthy: Number(row.healthy),
    failed: Number(row.failed),
    rolledBack: Number(row.rolled_back),
  };
}
