import type { MemoryDatabase } from "../../log/memory/database.ts";
import { assertWithinLimits, countsChange, saying, saysHowItGoes } from "../counting.ts";
import type { Report, ReportCounts, ReportStore } from "../reports.ts";
import { nothingSaid, type Said } from "../said.ts";
import { createAttemptStore, takeReport } from "./attempts.ts";

function recordOne({ said, counts, reports }: MemoryDatabase, report: Report): void {
  const { app, channel, version, clientId } = report;
  const clientKey = JSON.stringify([app, channel, version, clientId]);
  const before = said.get(clientKey) ?? nothingSaid;
  const after = saying(before, report);
  if (after === before) return;
  said.set(clientKey, after);
  reports.push(Object.freeze({ ...report }));
  const change = countsChange(before, after);
  const countsKey = JSON.stringify([app, channel, version]);
  const now: ReportCounts | undefined = counts.get(countsKey);
  counts.set(countsKey, {
    app,
    channel,
    version,
    reached: (now?.reached ?? 0) + change.reached,
    healthy: (now?.healthy ?? 0) + change.healthy,
    failed: (now?.failed ?? 0) + change.failed,
    rolledBack: (now?.rolledBack ?? 0) + change.rolledBack,
  });
}

/**
 * Client reports in memory, as one node sees them.
 * @param assertOpen throws when this node's stores were closed.
 */
export function createReportStore(database: MemoryDatabase, assertOpen: () => void): ReportStore {
  return {
    ...createAttemptStore(database, assertOpen),
    async record(reports) {
      assertOpen();
      assertWithinLimits(reports);
      for (const report of reports) {
        recordOne(database, report);
        takeReport(database, report);
      }
    },
    async counts(app) {
      assertOpen();
      const key = ({ channel, version }: ReportCounts) => JSON.stringify([channel, version]);
      return [...database.counts.values()]
        .filter((counts) => counts.app === app)
        .sort((a, b) => (key(a) < key(b) ? -1 : 1));
    },
    async seen(app, since) {
      assertOpen();
      const channels = new Map<string, Set<string>>();
      for (const report of database.reports) {
        if (report.app !== app || report.receivedAt < since) continue;
        const clients = channels.get(report.channel) ?? new Set();
        channels.set(report.channel, clients.add(report.clientId));
      }
      return [...channels]
        .map(([channel, clients]) => ({ channel, clients: clients.size }))
        .sort((a, b) => (a.channel < b.channel ? -1 : 1));
    },
    async known(app, channel, { since, before, after, limit }) {
      assertOpen();
      const ids = database.reports
        .filter((report) => report.app === app && report.channel === channel)
        .filter(({ receivedAt, clientId }) => receivedAt >= since && receivedAt < before && clientId > after)
        .map(({ clientId }) => clientId);
      return [...new Set(ids)].sort().slice(0, limit);
    },
    async newcomers(app, channel, version, since) {
      assertOpen();
      const took = database.reports.filter(
        (report) =>
          report.app === app &&
          report.channel === channel &&
          report.version === version &&
          saysHowItGoes(report.status),
      );
      const before = new Set(took.filter(({ receivedAt }) => receivedAt < since).map(({ clientId }) => clientId));
      const said = new Map<string, Said>();
      for (const report of took)
        if (!before.has(report.clientId))
          said.set(report.clientId, saying(said.get(report.clientId) ?? nothingSaid, { status: report.status }));
      const healthy = [...said.values()].filter((all) => countsChange(nothingSaid, all).healthy === 1).length;
      return { since, clients: said.size, healthy };
    },
    async recent(app, { version, clientId }, limit) {
      assertOpen();
      return database.reports
        .filter((report) => report.app === app)
        .filter((report) => version === undefined || report.version === version)
        .filter((report) => clientId === undefined || report.clientId === clientId)
        .reverse()
        .sort((a, b) => b.receivedAt - a.receivedAt)
        .slice(0, limit);
    },
  };
}
