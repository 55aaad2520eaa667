import type { DatabaseSync } from "node:sqlite";
import { prepareAttempts } from "../../telemetry/sqlite/attempts.ts";
import { prepareReports } from "../../telemetry/sqlite/reports.ts";
import { prepareEvents } from "./events.ts";
import { prepareLeases } from "./leases.ts";

/** Everything that the writer's thread can be asked for. */
export function prepareOperations(db: DatabaseSync) {
  const { append, read, heads } = prepareEvents(db);
  const { acquire, release } = prepareLeases(db);
  const { record, counts, newcomers, seen, known, recent } = prepareReports(db);
  const { takeReport, admit, grant, attempts, offersFrom, offersOf, offersChanged } = prepareAttempts(db);
  const recordAll = (reports: Parameters<typeof record>[0]) => {
    record(reports);
    for (const report of reports) takeReport(report);
  };
  return {
    writes: { append, acquire, release, record: recordAll, admit, grant },
    reads: { read, heads, counts, newcomers, seen, known, recent, attempts, offersFrom, offersOf, offersChanged },
  };
}

export type Operations = ReturnType<typeof prepareOperations>;
type Callable = Operations["writes"] & Operations["reads"];
export type OperationName = keyof Callable;
export type Arguments<N extends OperationName> = Parameters<Callable[N]>;
export type Result<N extends OperationName> = ReturnType<Callable[N]>;
