import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { join } from "node:path";
import { OperationalError } from "@sluice/core/errors/operational-error.ts";
import type { Clock } from "./clock/clock.ts";
import { openPostgres } from "./log/postgres/open.ts";
import { openSqlite } from "./log/sqlite/open.ts";
import type { Stores } from "./log/stores.ts";

/** Opens the stores that a server was told to use: SQLite in the data folder, or PostgreSQL. */
export function openStores(dataDir: string, databaseUrl: string | undefined, clock: Clock): Promise<Stores> {
  if (databaseUrl === undefined) return openSqlite(join(dataDir, "sluice.db"), clock);
  if (/^postgres(ql)?:\/\//.test(databaseUrl)) return openPostgres(databaseUrl);
  // The address may have a password in it.
  const scheme = databaseUrl.split(":")[0] ?? "";
  throw new OperationalError(
    "STORE_UNAVAILABLE",
    `the database address begins with "${scheme}:"; it must begin with postgres://`,
    {
      retryable: false,
    },
  );
}

/**
 * The name under which this node asks to lead. A data folder belongs to one server at a time, so the next one on it takes up the
 * lease of one that was killed; nodes that share a database each have a name of their own.
 */
export function holderName(databaseUrl: string | undefined): string {
  return databaseUrl === undefined ? "data-folder" : `${hostname()}:${process.pid}:${randomUUID()}`;
}
