import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { silentLog } from "../../ports/log.ts";
import { migrationFiles, versionOfColumns } from "../../testing/migrations.ts";
import type { Change } from "../component.ts";
import { holdsComponentContract } from "../contract.ts";
import { databaseDriver } from "./driver.ts";
import { openSqlite } from "./sqlite.ts";

const never = new AbortController().signal;
const driverOf = (file: string, baseline: string | null = null) =>
  databaseDriver({ name: "schema", order: 10, baseline, log: silentLog, open: () => openSqlite(file) });

function columnsOf(file: string): string[] {
  const database = new DatabaseSync(file);
  try {
    return database
      .prepare("SELECT name FROM pragma_table_info('items')")
      .all()
      .map(({ name }) => String(name));
  } finally {
    database.close();
  }
}

async function writeRelease(folder: string, files: Record<string, string>): Promise<void> {
  await mkdir(join(folder, "schema"), { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, "schema", name), content);
}

holdsComponentContract("SQLite", async (root) => {
  const file = join(root, "data.sqlite");
  return {
    driver: driverOf(file),
    fill: ({ folder, version }) => writeRelease(folder, migrationFiles(version)),
    live: async () => versionOfColumns(columnsOf(file)),
    end: async () => undefined,
  };
});

/** A database of 1.0.0, and a release 2.0.0 beside it with some of its files replaced. */
async function databaseOf1(replaced: Record<string, string> = {}) {
  const root = await mkdtemp(join(tmpdir(), "sluice-sqlite-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const [one, two] = ["1.0.0", "2.0.0"].map((version) => ({ version, folder: join(root, version) }));
  if (one === undefined || two === undefined) throw new Error("there are two versions");
  await writeRelease(one.folder, migrationFiles("1.0.0"));
  await writeRelease(two.folder, { ...migrationFiles("2.0.0"), ...replaced });
  const file = join(root, "data.sqlite");
  const driver = driverOf(file);
  const change = (id: string): Change => ({ id, from: one, to: two, backup: join(root, "backups", id) });
  await driver.apply({ id: "first", to: one, backup: join(root, "backups", "first") }, never);
  return { file, driver, change: change("second"), one, two };
}

test("a migration that fails leaves nothing behind, and says which it was and why", async () => {
  const { file, driver, change } = await databaseOf1({
    "2.sql": "ALTER TABLE items ADD COLUMN score INTEGER; INSERT INTO nowhere VALUES (1);",
  });
  await driver.prepare(change, never);
  await expect(driver.apply(change, never)).rejects.toMatchObject({
    code: "MIGRATION_FAILED",
    message: expect.stringMatching(/expand migration 1\.0\.0 to 2\.0\.0 of schema failed.*nowhere/),
  });
  expect(versionOfColumns(columnsOf(file))).toBe("1.0.0");
});

test("a migration is run only from the version that it was written for", async () => {
  const { file, change, one } = await databaseOf1();
  await writeRelease(change.to.folder, {
    "migrations.json": JSON.stringify({
      migrations: [
        { from: null, to: "1.0.0", up: "1.sql", down: "1-back.sql" },
        { from: "1.5.0", to: "2.0.0", up: "2.sql", down: "2-back.sql" },
      ],
    }),
  });
  await expect(driverOf(file).prepare({ ...change, from: one }, never)).rejects.toMatchObject({
    code: "MIGRATION_REFUSED",
    message: expect.stringContaining("it has version 1.0.0, and the migration to 2.0.0 expects 1.5.0"),
  });
});

test("a migration that was changed after it was applied is refused", async () => {
  const { driver, change } = await databaseOf1({ "1.sql": "CREATE TABLE items (id INTEGER);" });
  await expect(driver.prepare(change, never)).rejects.toThrow("its script was changed afterwards");
});

test("a script that ends its own transaction is refused before anything is run", async () => {
  const { driver, change } = await databaseOf1({
    "2.sql": "CREATE TABLE a (b INTEGER);\nCOMMIT;\nCREATE TABLE c (d);",
  });
  await expect(driver.prepare(change, never)).rejects.toThrow("2.sql begins or ends a transaction");
});

test("a migration that fails while it is taken back: the database is put back to its restore point", async () => {
  const { file, driver, change } = await databaseOf1({ "2-back.sql": "DROP TABLE nowhere;" });
  await driver.prepare(change, never);
  await driver.apply(change, never);
  await driver.finish(change, never);
  expect(versionOfColumns(columnsOf(file))).toBe("2.0.0");

  await driver.revert(change);

  expect(versionOfColumns(columnsOf(file))).toBe("1.0.0");
  const database = new DatabaseSync(file);
  expect(database.prepare("SELECT count(*) AS n FROM items WHERE legacy = 'old'").get()).toEqual({ n: 2 });
  database.close();
});

test("a database that was there before the updater is not migrated to where it is already", async () => {
  const { change, one } = await databaseOf1();
  const file = join(change.backup, "..", "old.sqlite");
  await mkdir(join(change.backup, ".."), { recursive: true });
  const database = new DatabaseSync(file);
  database.exec("CREATE TABLE items (id INTEGER, name TEXT, legacy TEXT)");
  database.close();
  await driverOf(file, "1.0.0").apply({ ...change, from: undefined, to: one }, never);
  await driverOf(file, "1.0.0").apply(change, never);
  expect(columnsOf(file)).toContain("score");
});

test("a database that does not answer is not healthy, and says why", async () => {
  const root = await mkdtemp(join(tmpdir(), "sluice-sqlite-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const file = join(root, "data.sqlite");
  await writeFile(file, "nobody's database, although it is long enough for one".repeat(20));

  expect(await driverOf(file).problem?.({ version: "1.0.0", folder: root }, never)).toMatch(/file is not a database/);
});
