import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { databaseDriver } from "@sluice/updater/components/database/driver.ts";
import { openPostgres, postgresTools } from "@sluice/updater/components/database/postgres.ts";
import { silentLog } from "@sluice/updater/ports/log.ts";
import { freePort } from "@sluice/updater/program/free-port.ts";
import { migrationFiles } from "@sluice/updater/testing/migrations.ts";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";

const execute = promisify(execFile);
const bin = "/usr/lib/postgresql/15/bin";
/** pg_dump must not be older than the server, so this is the server that Debian has beside it. */
const isHere = existsSync(join(bin, "initdb")) && existsSync("/usr/bin/pg_dump");
const never = new AbortController().signal;
let root: string;
let url: string;

/** PostgreSQL refuses to run as root. */
const asItself = (program: string, ...args: string[]): [string, string[]] =>
  process.getuid?.() === 0
    ? ["/usr/sbin/runuser", ["-u", "postgres", "--", join(bin, program), ...args]]
    : [join(bin, program), args];

beforeAll(async () => {
  if (!isHere) return;
  root = await mkdtemp(join(tmpdir(), "sluice-restore-"));
  await chmod(root, 0o755);
  const data = join(root, "data");
  await mkdir(data);
  if (process.getuid?.() === 0) await execute("/usr/bin/chown", ["postgres", data]);
  await execute(...asItself("initdb", "-D", data, "-A", "trust", "-U", "postgres"), { cwd: root });
  const port = await freePort();
  const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off`;
  const log = join(data, "log");
  await execute(...asItself("pg_ctl", "start", "-w", "-D", data, "-l", log, "-o", settings), { cwd: root });
  url = `postgres://postgres@127.0.0.1:${port}/postgres`;
});

afterAll(async () => {
  if (!isHere) return;
  await execute(...asItself("pg_ctl", "stop", "-w", "-D", join(root, "data"), "-m", "immediate"), { cwd: root });
  await rm(root, { recursive: true, force: true });
});

async function ask(statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

test.skipIf(!isHere)(
  "a migration that cannot be taken back: pg_dump's restore point brings back tables and rows, and nothing newer stays (needs Debian's postgresql-15)",
  async () => {
    const [one, two] = ["1.0.0", "2.0.0"].map((version) => ({ version, folder: join(root, version) }));
    if (one === undefined || two === undefined) throw new Error("there are two versions");
    const broken = {
      "2.sql": `CREATE TABLE newer (id SERIAL PRIMARY KEY, parent INTEGER); CREATE VIEW seen AS SELECT * FROM newer;
        ALTER TABLE items ADD COLUMN score INTEGER; DELETE FROM items WHERE id = 1;`,
      "2-back.sql": "DROP TABLE nowhere;",
    };
    for (const [{ folder, version }, more] of [
      [one, {}],
      [two, broken],
    ] as const) {
      await mkdir(join(folder, "schema"), { recursive: true });
      for (const [name, content] of Object.entries({ ...migrationFiles(version), ...more }))
        await writeFile(join(folder, "schema", name), content);
    }
    const open = () => openPostgres(url, postgresTools);
    const driver = databaseDriver({ name: "schema", order: 10, baseline: null, log: silentLog, open });
    await driver.apply({ id: "first", to: one, backup: join(root, "first") }, never);
    const before = await ask("SELECT * FROM items ORDER BY id");
    const change = { id: "second", from: one, to: two, backup: join(root, "second") };
    await driver.prepare(change, never);
    await driver.apply(change, never);
    await driver.finish(change, never);
    expect(await ask("SELECT * FROM items")).toEqual([{ id: 2, name: "two", score: null }]);

    await driver.revert(change);

    expect(await ask("SELECT * FROM items ORDER BY id")).toEqual(before);
    const relations =
      "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'S') ORDER BY 1";
    expect(await ask(relations)).toEqual([{ relname: "items" }, { relname: "sluice_migrations" }]);
    // So the release can be tried again, once it was mended.
    await writeFile(join(two.folder, "schema", "2-back.sql"), migrationFiles("2.0.0")["2-back.sql"] ?? "");
    await driver.apply({ ...change, id: "third" }, never);
    expect(await ask("SELECT id FROM items")).toEqual([{ id: 2 }]);
  },
);
