import { OperationalError } from "@sluice/core/errors/operational-error.ts";
import type pg from "pg";
import { attemptTables, reportTables } from "../../telemetry/postgres/tables.ts";

// Bytewise collation, so that names sort in the same way in every store.
const logTables = `
  CREATE TABLE sluice_events (
    app text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    hash text NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (app, seq)
  );
  CREATE TABLE sluice_leases (
    name text COLLATE "C" PRIMARY KEY,
    holder text NOT NULL,
    fence bigint NOT NULL,
    expires_at timestamptz NOT NULL
  );
`;

/** Entry n brings a database from schema n to schema n + 1. Entries are added, never changed. */
const migrations = [logTables + reportTables, attemptTables];

/** Any number that nothing else in the database uses: one node at a time changes the tables. */
const migrationLock = 7_070_000_001;

/**
 * Brings the tables up to date, inside the caller's transaction. Throws STORE_UNAVAILABLE for a database that a newer version wrote, or whose commits do
 * not wait for the disk.
 */
export async function migrate(client: pg.ClientBase): Promise<void> {
  const setting = await client.query<{ synchronous_commit: string }>("SHOW synchronous_commit");
  if (setting.rows[0]?.synchronous_commit === "off")
    throw new OperationalError(
      "STORE_UNAVAILABLE",
      "the PostgreSQL database has synchronous_commit = off, so that what it acknowledges can be lost. Set it to on.",
      { retryable: false },
    );
  await client.query("SELECT pg_advisory_xact_lock($1)", [migrationLock]);
  await client.query("CREATE TABLE IF NOT EXISTS sluice_schema (version integer NOT NULL)");
  const { rows } = await client.query<{ version: number }>("SELECT version FROM sluice_schema");
  const found = rows[0]?.version ?? 0;
  if (found > migrations.length)
    throw new OperationalError(
      "STORE_UNAVAILABLE",
      `the PostgreSQL database was written by a newer version of Sluice (schema ${found}; this one knows up to ` +
        `${migrations.length}). Start that version, or restore a backup from before the upgrade.`,
      { retryable: false },
    );
  for (const migration of migrations.slice(found)) await client.query(migration);
  if (found === migrations.length) return;
  await client.query("DELETE FROM sluice_schema");
  await client.query("INSERT INTO sluice_schema (version) VALUES ($1)", [migrations.length]);
}
