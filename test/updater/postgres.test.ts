import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startTestServer, type TestServer } from "@sluice/server/log/postgres/test-server.ts";
import { holdsComponentContract } from "@sluice/updater/components/contract.ts";
import { databaseDriver } from "@sluice/updater/components/database/driver.ts";
import { openPostgres } from "@sluice/updater/components/database/postgres.ts";
import { silentLog } from "@sluice/updater/ports/log.ts";
import { migrationFiles, versionOfColumns } from "@sluice/updater/testing/migrations.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { temporaryFolder } from "../signed-feeds/fixture.ts";

const never = new AbortController().signal;
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server.stop());

const driverOf = (url: string, restorePoint?: Parameters<typeof openPostgres>[1]) =>
  databaseDriver({
    name: "schema",
    order: 10,
    baseline: null,
    log: silentLog,
    open: () => openPostgres(url, restorePoint),
  });

async function columnsOf(url: string): Promise<string[]> {
  const database = await openPostgres(url, undefined);
  try {
    const rows = await database.rows(
      "SELECT column_name FROM information_schema.columns WHERE table_name = 'items' AND table_schema = current_schema",
    );
    return rows.map(({ column_name }) => String(column_name));
  } finally {
    await database.close();
  }
}

async function writeRelease(folder: string, files: Record<string, string>): Promise<void> {
  await mkdir(join(folder, "schema"), { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, "schema", name), content);
}

holdsComponentContract("PostgreSQL", async () => {
  const url = await server.newSchema();
  return {
    driver: driverOf(url),
    fill: ({ folder, version }) => writeRelease(folder, migrationFiles(version)),
    live: async () => versionOfColumns(await columnsOf(url)),
    end: async () => undefined,
  };
});

/** A database of 1.0.0, and a release 2.0.0 with some of its files replaced. */
async function databaseOf1(replaced: Record<string, string>) {
  const [url, root] = [await server.newSchema(), await temporaryFolder()];
  const one = { version: "1.0.0", folder: join(root, "1") };
  const two = { version: "2.0.0", folder: join(root, "2") };
  await writeRelease(one.folder, migrationFiles("1.0.0"));
  await writeRelease(two.folder, { ...migrationFiles("2.0.0"), ...replaced });
  await driverOf(url).apply({ id: "first", to: one, backup: join(root, "first") }, never);
  return { url, change: { id: "second", from: one, to: two, backup: join(root, "second") } };
}

test("a migration that fails half-way leaves nothing behind in PostgreSQL", async () => {
  const { url, change } = await databaseOf1({
    "2.sql": "ALTER TABLE items ADD COLUMN score INTEGER; INSERT INTO nowhere VALUES (1);",
  });
  await expect(driverOf(url).apply(change, never)).rejects.toMatchObject({ code: "MIGRATION_FAILED" });
  expect(versionOfColumns(await columnsOf(url))).toBe("1.0.0");
});

test("statements that no transaction can hold are run outside of one, and taken back where they stopped", async () => {
  const migrations = [
    { from: null, to: "1.0.0", up: "1.sql", down: "1-back.sql" },
    { from: "1.0.0", to: "2.0.0", up: "2.sql", down: "2-back.sql", transaction: false },
  ];
  const { url, change } = await databaseOf1({
    "migrations.json": JSON.stringify({ migrations }),
    "2.sql": "CREATE INDEX CONCURRENTLY IF NOT EXISTS by_name ON items (name)",
    "2-back.sql": "DROP INDEX CONCURRENTLY IF EXISTS by_name",
  });
  const indexes = async () => {
    const database = await openPostgres(url, undefined);
    const rows = await database.rows(
      "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema AND tablename = 'items'",
    );
    await database.close();
    return rows.map(({ indexname }) => indexname);
  };
  await driverOf(url).apply(change, never);
  expect(await indexes()).toEqual(["by_name"]);
  await driverOf(url).revert(change);
  expect(await indexes()).toEqual([]);
});

test("two agents of one database migrate it one after the other, once", async () => {
  const { url, change } = await databaseOf1({});
  await Promise.all(["a", "b", "c"].map((id) => driverOf(url).apply({ ...change, id }, never)));
  expect(await columnsOf(url)).toContain("score");
});

test("a migration that fails while it is taken back: PostgreSQL is put back to its restore point by the operator's tools", async () => {
  const { url, change } = await databaseOf1({ "2-back.sql": "DROP TABLE nowhere;" });
  // pg_dump must not be older than the server, which machines seldom have: these two keep one table by its rows.
  const tool = (script: string) => ({
    command: [process.execPath, "--input-type=module", "-e", script, "{file}"] as const,
    cwd: new URL(".", import.meta.url).pathname,
  });
  const connected = `import { Client } from ${JSON.stringify(import.meta.resolve("pg"))}; import { readFileSync, writeFileSync } from "node:fs";
    const client = new Client(); await client.connect(); const file = process.argv[1];`;
  const save = tool(
    `${connected} writeFileSync(file, JSON.stringify((await client.query("SELECT id, name, legacy FROM items")).rows)); await client.end();`,
  );
  const load =
    tool(`${connected} await client.query("DROP TABLE items; CREATE TABLE items (id INTEGER, name TEXT, legacy TEXT)");
    for (const row of JSON.parse(readFileSync(file, "utf8"))) await client.query("INSERT INTO items VALUES ($1, $2, $3)", [row.id, row.name, row.legacy]); await client.end();`);
  const driver = driverOf(url, { save, load });
  await driver.prepare(change, never);
  await driver.apply(change, never);
  await driver.finish(change, never);
  expect(versionOfColumns(await columnsOf(url))).toBe("2.0.0");

  await driver.revert(change);

  expect(versionOfColumns(await columnsOf(url))).toBe("1.0.0");
});
