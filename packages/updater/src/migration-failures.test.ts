import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { layoutOf } from "./disk/layout.ts";
import { systemClock } from "./ports/clock.ts";
import { livingProcesses, readRun } from "./program/run-file.ts";
import { stopRun } from "./program/stop-run.ts";
import { databaseOf, publishedBy, publishSleeper, sleeperOptions } from "./testing/machine.ts";
import { versionOfColumns } from "./testing/migrations.ts";
import { type StubServer, startStub } from "./testing/stub-server.ts";
import { openUpdater, type Updater } from "./updater.ts";

let root: string;
let stub: StubServer;
let updater: Updater;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "sluice-migrations-"));
  stub = await startStub();
  updater = await openUpdater(sleeperOptions(root, stub.url));
  await publishSleeper(stub, "1.0.0");
  expect(await updater.update()).toMatchObject({ kind: "completed" });
});

afterEach(async () => {
  await stopRun(layoutOf(join(root, "app")), systemClock, 2_000);
  await stub.close();
  await rm(root, { recursive: true, force: true });
});

/** 1.0.0 in every component: the program runs, the page is its, and the database has its columns and rows. */
async function demand1(): Promise<void> {
  const run = await readRun(layoutOf(join(root, "app")));
  expect(run?.version).toBe("1.0.0");
  expect(run === undefined ? [] : livingProcesses(run)).toHaveLength(1);
  expect(await readFile(join(publishedBy(root), "index.html"), "utf8")).toBe("1.0.0");
  const database = new DatabaseSync(databaseOf(root));
  try {
    const columns = database.prepare("SELECT name FROM pragma_table_info('items')").all();
    expect(versionOfColumns(columns.map(({ name }) => String(name)))).toBe("1.0.0");
    expect(database.prepare("SELECT count(*) AS n FROM items WHERE legacy = 'old'").get()).toEqual({ n: 2 });
  } finally {
    database.close();
  }
  expect(await updater.status()).toMatchObject({ installed: "1.0.0", update: null, state: "idle" });
}

test("a migration that fails takes the update back before anybody saw the new version", async () => {
  await publishSleeper(stub, "2.0.0", "good", { "2.sql": "INSERT INTO nowhere VALUES (1);" });

  expect(await updater.update()).toMatchObject({ kind: "rolled-back", to: "1.0.0", code: "MIGRATION_FAILED" });

  await demand1();
  await updater.sendReports();
  expect(stub.reports.at(-1)).toMatchObject({ status: "rolled-back", details: { code: "MIGRATION_FAILED" } });
});

test("a contracting migration that fails takes back a version that was healthy already", async () => {
  await publishSleeper(stub, "2.0.0", "good", { "2-contract.sql": "INSERT INTO nowhere VALUES (1);" });

  expect(await updater.update()).toMatchObject({ kind: "rolled-back", to: "1.0.0", code: "MIGRATION_FAILED" });

  await demand1();
});

test("a migration that fails while it is taken back is undone by the restore point, and the old version is healthy", async () => {
  await publishSleeper(stub, "2.0.0", "crashing", { "2-back.sql": "DROP TABLE nowhere;" });

  expect(await updater.update()).toMatchObject({ kind: "rolled-back", to: "1.0.0", code: "HEALTH_CHECK_FAILED" });

  await demand1();
});
