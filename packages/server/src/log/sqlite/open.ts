import { type Clock, systemClock } from "../../clock/clock.ts";
import { createReportStore } from "../../telemetry/sqlite/store.ts";
import type { Stores } from "../stores.ts";
import { connect } from "./connection.ts";
import { createEventStore } from "./store.ts";

/**
 * Opens the SQLite database at `path`, or makes it. One process at a time should have it open: see `data-folder/lock.ts`.
 * Fails with an OperationalError: STORE_UNAVAILABLE (not a database, one of a newer version, …) or DISK_FULL.
 * @param clock dates leases.
 */
export async function openSqlite(path: string, clock: Clock = systemClock): Promise<Stores> {
  const connection = await connect(path);
  return {
    events: createEventStore(connection, clock),
    reports: createReportStore(connection),
    close: () => connection.close(),
  };
}
