import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { Client } from "pg";
import { onDisk, syncPath } from "../../disk/files.ts";
import { UpdaterError } from "../../errors.ts";
import type { Command } from "../../program/command.ts";
import { runCommand } from "../../program/run-command.ts";
import type { Database } from "./database.ts";
import { dropNewer, noteRelations } from "./newer-relations.ts";

/** How PostgreSQL's restore points are made: `{file}` is the file. The connection is in the environment, as libpq reads it. */
export interface RestorePoint {
  readonly save: Command;
  readonly load: Command;
}

/** PostgreSQL's own tools; they must not be older than the server. */
export const postgresTools: RestorePoint = {
  save: { command: ["pg_dump", "--format=custom", "--file={file}"] },
  load: { command: ["pg_restore", "--clean", "--if-exists", "--single-transaction", "--dbname=", "{file}"] },
};

/** Who migrates holds this advisory lock: two agents of one database follow one another. The number is drawn at random. */
const migrationLock = "7052340791";
const connectMs = 10_000;
const dumpMs = 3_600_000;

/**
 * Opens a PostgreSQL database for migrating, and waits until nobody else migrates it.
 * @param url of the database, with user and password
 * @param restorePoint undefined: none are made
 */
export async function openPostgres(url: string, restorePoint: RestorePoint | undefined): Promise<Database> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: connectMs });
  // The failure of a query says it better.
  client.on("error", () => undefined);
  await client.connect();
  await client.query(`SELECT pg_advisory_lock(${migrationLock})`);
  const run = (script: string) => onDisk("database", url, async () => void (await client.query(script)));
  const tool = async (command: Command, file: string): Promise<void> => {
    const [program, ...args] = command.command.map((text) => text.replaceAll("{file}", file)) as [string, ...string[]];
    const end = await runCommand(
      { ...command, command: [program, ...args] },
      { folder: dirname(file), version: "" },
      { timeoutMs: dumpMs, env: environmentOf(url) },
    );
    if (end.code !== 0)
      throw new UpdaterError("MIGRATION_FAILED", `${program} failed, which makes restore points: ${end.said}`);
  };
  return {
    run,
    rows: async (statement, values = []) => (await client.query(statement, [...values])).rows,
    async wholly(act) {
      await run("BEGIN");
      try {
        await act();
        await run("COMMIT");
      } catch (error) {
        await run("ROLLBACK").catch(() => undefined);
        throw error;
      }
    },
    async save(file) {
      if (restorePoint === undefined) return;
      await onDisk("write", file, () => tool(restorePoint.save, file));
      if ((await stat(file).catch(() => undefined)) === undefined)
        throw new UpdaterError(
          "MIGRATION_FAILED",
          `${restorePoint.save.command[0]} makes restore points, and ended well, but there is no ${file}: is {file} among its arguments?`,
        );
      await syncPath(file);
      await syncPath(dirname(file));
      if (restorePoint === postgresTools) await noteRelations(client, file);
    },
    async load(file) {
      if (restorePoint === undefined) return;
      if (restorePoint === postgresTools) await dropNewer(client, file);
      await tool(restorePoint.load, file);
    },
    close: () => client.end(),
  };
}

/** https://www.postgresql.org/docs/current/libpq-envars.html: so the password is in no command line. */
function environmentOf(url: string): Record<string, string> {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  return {
    PGHOST: decodeURIComponent(hostname),
    PGPORT: port === "" ? "5432" : port,
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: decodeURIComponent(pathname.slice(1)),
    PGOPTIONS: searchParams.get("options") ?? "",
    ...(searchParams.has("sslmode") ? { PGSSLMODE: searchParams.get("sslmode") ?? "" } : {}),
  };
}
