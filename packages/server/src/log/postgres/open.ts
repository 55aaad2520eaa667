import { OperationalError } from "@sluice/core/errors/operational-error.ts";
import { createReportStore } from "../../telemetry/postgres/store.ts";
import type { Stores } from "../stores.ts";
import { connect } from "./connection.ts";
import { migrate } from "./schema.ts";
import { createEventStore } from "./store.ts";

/**
 * Opens a PostgreSQL database (15 or later) and makes its tables where they are missing.
 * Fails with an OperationalError, STORE_UNAVAILABLE or DISK_FULL.
 * @param url `postgres://user:password@host:port/database`. Tables go into the first schema of its search path.
 */
export async function openPostgres(url: string): Promise<Stores> {
  const connection = connect(url);
  try {
    await connection.transaction(migrate);
    const [schema] = await connection.query<{ oid: string }>(
      "SELECT oid FROM pg_namespace WHERE nspname = current_schema()",
    );
    if (!schema)
      throw new OperationalError(
        "STORE_UNAVAILABLE",
        "the PostgreSQL database has no schema to put tables in. Create one, or set search_path to one that exists.",
        { retryable: false },
      );
    // Channels belong to the whole database: the schema's number keeps two installations in it apart.
    const events = createEventStore(connection, `sluice_log_${schema.oid}`);
    return { events, reports: createReportStore(connection), close: () => events.close() };
  } catch (error) {
    await connection.close();
    throw error;
  }
}
