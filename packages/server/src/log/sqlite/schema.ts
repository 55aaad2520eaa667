import type { DatabaseSync } from "node:sqlite";
import { OperationalError } from "@sluice/core/errors/operational-error.ts";
import { attemptTables, reportTables } from "../../telemetry/sqlite/tables.ts";

const logTables = `
  CREATE TABLE events (
    app TEXT NOT NULL,
    seq INTEGER NOT NULL,
    hash TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (app, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    fence INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/** Entry n brings a database from schema n to schema n + 1. Entries are added, never changed. */
const migrations = [logTables + reportTables, attemptTables];

/**
 * Opens the database at `path`, makes it if need be, and brings its tables up to date.
 * A commit returns when it is on disk (write-ahead log, `synchronous=FULL`); other processes may read meanwhile.
 * Throws STORE_UNAVAILABLE for a database that a newer version wrote.
 */
export function migrate(db: DatabaseSync, path: string): void {
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
  db.exec("BEGIN IMMEDIATE");
  try {
    const found = Number(db.prepare("PRAGMA user_version").get()?.user_version);
    if (found > migrations.length)
      throw new OperationalError(
        "STORE_UNAVAILABLE",
        `${path} was written by a newer version of Sluice (schema ${found}; this one knows up to ${migrations.length}). ` +
          "Start that version, or restore a backup from before the upgrade.",
        { retryable: false },
      );
    for (const migration of migrations.slice(found)) db.exec(migration);
    db.exec(`PRAGMA user_version = ${migrations.length}`);
    db.exec("COMMIT");
  } finally {
    if (db.isTransaction) db.exec("ROLLBACK");
  }
}
