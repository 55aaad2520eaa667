import type { Connection } from "../../log/sqlite/connection.ts";
import { assertWithinLimits } from "../counting.ts";
import type { ReportStore } from "../reports.ts";

/** Client reports in the database of the log: its writer commits them in groups together with everything that waits. */
export function createReportStore(connection: Connection): ReportStore {
  return {
    async record(reports) {
      assertWithinLimits(reports);
      await connection.call("record", reports);
    },
    admit: (ask) => connection.call("admit", ask),
    grant: (app, promotion, grant) => connection.call("grant", app, promotion, grant),
    attempts: (app, promotions) => connection.call("attempts", app, promotions),
    offers(app, promotion, which) {
      if ("clientId" in which) return connection.call("offersOf", app, promotion, which.clientId);
      return "from" in which
        ? connection.call("offersFrom", app, promotion, which.from, which.limit)
        : connection.call("offersChanged", app, promotion, which.changedAfter);
    },
    counts: (app) => connection.call("counts", app),
    newcomers: (app, channel, version, since) => connection.call("newcomers", app, channel, version, since),
    seen: (app, since) => connection.call("seen", app, since),
    known: (app, channel, query) => connection.call("known", app, channel, query),
    recent: (app, { version, clientId }, limit) => connection.call("recent", app, version, clientId, limit),
  };
}
