import { dirname } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { makeFolder } from "../../disk/durable.ts";
import { onDisk, syncPath } from "../../disk/files.ts";
import type { Database } from "./database.ts";

/** So long a statement waits for others that use the database, ms. */
const busyMs = 10_000;

/** Opens a SQLite database for migrating. Its folder is made where it is missing. */
export async function openSqlite(file: string): Promise<Database> {
  await makeFolder(dirname(file));
  const open = () => {
    const opened = new DatabaseSync(file, { timeout: busyMs, enableForeignKeyConstraints: false });
    opened.exec("PRAGMA synchronous = FULL");
    return opened;
  };
  let database = open();
  const run = (script: string) => onDisk("database", file, async () => database.exec(script));
  return {
    run,
    rows: async (statement, values = []) =>
      database.prepare(statement).all(Object.fromEntries(values.map((value, index) => [`$${index + 1}`, value]))),
    async wholly(act) {
      await run("BEGIN IMMEDIATE");
      try {
        await act();
        await run("COMMIT");
      } catch (error) {
        if (database.isTransaction) await run("ROLLBACK");
        throw error;
      }
    },
    async save(to) {
      await onDisk("write", to, async () => database.prepare("VACUUM INTO $file").run({ $file: to }));
      await syncPath(to);
      await syncPath(dirname(to));
    },
    async load(from) {
      database.close();
      const point = new DatabaseSync(from, { readOnly: true });
      try {
        await onDisk("database", file, () => backup(point, file));
      } finally {
        point.close();
        database = open();
      }
    },
    close: async () => database.close(),
  };
}
