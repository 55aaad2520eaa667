import { Agent, get } from "node:http";
import { join } from "node:path";
import type { UpdaterOptions } from "@sluice/updater/options.ts";
import { migrationFiles } from "@sluice/updater/testing/migrations.ts";
import { packed } from "@sluice/updater/testing/packed.ts";
import type { StubServer } from "@sluice/updater/testing/stub-server.ts";
import type { World } from "@sluice/updater/testing/world.ts";

/** A server on `PORT` with a page of the published frontend and an API that asks PostgreSQL. `broken` ones do not last. */
function programOf(version: string, broken: boolean): Buffer {
  return Buffer.from(`import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { Client } from ${JSON.stringify(import.meta.resolve("pg"))};
const database = new Client({ connectionString: process.env.DATABASE });
await database.connect();
if (${broken}) process.exit(3);
const server = createServer(async (request, response) => {
  try {
    const { rows } = await database.query("SELECT id, name FROM items ORDER BY id");
    if (request.url === "/api") return void response.end(JSON.stringify({ version: ${JSON.stringify(version)}, rows }));
    const file = request.url === "/sluice-version.js" ? "sluice-version.js" : "index.html";
    response.writeHead(200, { "content-type": file.endsWith(".js") ? "text/javascript" : "text/html", "cache-control": "no-cache" });
    response.end(await readFile(process.env.PUBLIC + "/" + file));
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
});
server.listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => server.close(() => process.exit(0)));
`);
}

/** Publishes and offers a release of a program, a frontend and a database. @param events address of the events for pages */
export async function publishWhole(stub: StubServer, version: string, events: string, broken = false): Promise<void> {
  const page = `<!doctype html><title>My app</title><h1>version ${version}</h1>
<script src="/sluice-version.js"></script><script src="${events}/sluice/reload.js"></script>`;
  const files = migrationFiles(version === "1.0.0" ? version : "2.0.0");
  const extra = { from: "2.0.0", to: "3.0.0", up: "3.sql", down: "3-back.sql" };
  const { migrations } = JSON.parse(files["migrations.json"] ?? "{}") as { migrations: unknown[] };
  const schema =
    version !== "3.0.0"
      ? files
      : {
          ...files,
          "migrations.json": JSON.stringify({ migrations: [...migrations, extra] }),
          "3.sql": "CREATE TABLE third (id INTEGER);",
          "3-back.sql": "DROP TABLE third;",
        };
  stub.publish(version, [
    { name: "program.mjs", kind: "file", content: programOf(version, broken) },
    { name: "web", kind: "folder", content: await packed({ "index.html": page }) },
    { name: "schema", kind: "folder", content: await packed(schema) },
  ]);
  stub.live = version;
  stub.offer({ version });
}

/** The options of an updater of such releases, whose program is reached on the world's port. */
export function wholeOptions(world: World, database: string): UpdaterOptions {
  const publish = join(world.folder, "public", "web");
  const front = `http://127.0.0.1:${world.port}/`;
  return {
    ...world.options,
    program: {
      command: {
        command: [process.execPath, "{current}/program.mjs"],
        env: { PORT: "{port}", DATABASE: database, PUBLIC: publish },
      },
      stopTimeoutMs: 5_000,
      beside: { host: "127.0.0.1", port: world.port, drainMs: 5_000 },
    },
    components: {
      schema: { kind: "database", order: 10, baseline: null, address: async () => database, restorePoint: null },
      web: { kind: "frontend", order: 40, publish },
    },
    health: [{ http: { url: `${front}api`, expect: 200 } }, { http: { url: front, expect: 200, contains: "My app" } }],
    rollback: { automatic: true, healthCheckTimeoutMs: 60_000, keepVersions: 3 },
  };
}

/** Asks the API without pause until it is told to stop. */
export function askWithoutPause(port: number): { stop(): Promise<{ answered: number; failed: string[] }> } {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const failed: string[] = [];
  let answered = 0;
  let going = true;
  const ask = (through: Agent | false) =>
    new Promise<void>((resolve) => {
      const fail = (why: string) => {
        failed.push(why);
        resolve();
      };
      get({ host: "127.0.0.1", port, path: "/api", agent: through }, (response) => {
        response.resume().once("error", (error) => fail(error.message));
        response.once("end", () => {
          if (response.statusCode !== 200) return fail(`status ${response.statusCode}`);
          answered += 1;
          resolve();
        });
      }).once("error", (error) => fail(error.message));
    });
  const workers = [agent, agent, false as const].map(async (through) => {
    while (going) await ask(through);
  });
  return {
    async stop() {
      going = false;
      await Promise.all(workers);
      agent.destroy();
      return { answered, failed };
    },
  };
}
