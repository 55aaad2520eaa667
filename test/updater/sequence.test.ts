import { appendFile, mkdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { startTestServer, type TestServer } from "@sluice/server/log/postgres/test-server.ts";
import { freePort } from "@sluice/updater/program/free-port.ts";
import { migrationFiles } from "@sluice/updater/testing/migrations.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openServedDesk, pipelineText, type ServedDesk, until } from "../cli/harness.ts";
import { openRecorder, type Recorder } from "./recorder.ts";

let postgres: TestServer;
let desk: ServedDesk;
let recorder: Recorder;
let port: number;

/** A program that asks its database whenever it is asked for its health, and tells the recorder. Who is not healthy does not last. */
const programOf = (version: string, database: string, healthy: boolean) => `import { createServer } from "node:http";
import { Client } from ${JSON.stringify(import.meta.resolve("pg"))};
const tell = (what) => fetch(${JSON.stringify(recorder.url)} + "system/" + what);
const database = new Client({ connectionString: ${JSON.stringify(database)} });
await database.connect();
await tell("apply/${version}");
createServer(async (_request, response) => {
  await tell("health-check/${version}");
  const { rows } = await database.query("SELECT * FROM items");
  response.writeHead(${healthy} && rows.length === 2 ? 200 : 500);
  response.end(JSON.stringify({ version: "${version}", columns: Object.keys(rows[0]) }), () => ${healthy} || process.exit(3));
}).listen(${port}, "127.0.0.1");
`;

beforeAll(async () => {
  postgres = await startTestServer();
  desk = await openServedDesk();
  recorder = await openRecorder(desk.server.url);
  port = await freePort();
  const database = await postgres.newSchema();
  await desk.file("sluice.yaml", pipelineText());
  await desk.sluice(["apply", "-f", "sluice.yaml"]);
  await desk.sluice(["agent", "init", "--channel", "dev", "--dir", "client", "--url", recorder.url]);
  const tell = (what: string) =>
    JSON.stringify([
      process.execPath,
      "-e",
      `require("fs").writeFileSync(process.argv[1], ""); fetch("${recorder.url}system/${what}")`,
      "{file}",
    ]);
  await appendFile(
    join(desk.folder, "client", "agent.yaml"),
    `run: { command: [${JSON.stringify(process.execPath)}, "{current}/program.mjs"] }
health: { http: { url: "http://127.0.0.1:${port}/" } }
components:
  schema:
    database: { url: "${database}", restore-point: { save: ${tell("backup")}, load: ${tell("restore")} } }
`,
  );
  for (const [version, healthy] of [
    ["2.4.0", true],
    ["2.4.1", true],
    ["2.4.2", false],
    ["3.0.0", true],
  ] as const) {
    await mkdir(join(desk.folder, version, "schema"), { recursive: true });
    await desk.file(`${version}/program.mjs`, programOf(version, database, healthy));
    const files = migrationFiles(version === "2.4.0" ? "1.0.0" : "2.0.0");
    for (const [name, content] of Object.entries(files)) await desk.file(`${version}/schema/${name}`, content);
  }
}, 120_000);

afterAll(async () => {
  await recorder.close();
  await desk.clear();
  await postgres.stop();
});

async function publish(version: string, ...more: string[]): Promise<void> {
  const components = [`program.mjs=${version}/program.mjs`, `schema=${version}/schema`];
  const options = components.flatMap((component) => ["--component", component]);
  const published = await desk.sluice(["publish", version, ...options, ...more]);
  expect(published).toMatchObject({ code: 0 });
  await until(live, ({ stages }) => stages[0]?.live?.version === version);
}

const live = async () =>
  (await desk.sluice(["status", "--json"])).json() as { stages: { live: { version: string } | null }[] };

const agent = (...step: string[]) => desk.sluice(["agent", ...step, "--config", "client/agent.yaml"]);
const current = () => readlink(join(desk.folder, "client", "install", "current"));
const answer = async () =>
  (await (await fetch(`http://127.0.0.1:${port}/`)).json()) as { version: string; columns: string[] };

/** What was said, in order, each thing once where it was said several times in a row. */
const story = () => recorder.arrows.filter((arrow, index) => arrow !== recorder.arrows[index - 1]);

const upTo = (version: string) => [
  "UpdateServer: check",
  "UpdateServer: signed metadata",
  "UpdateServer: manifest",
  "Registry: component",
  "System: backup",
  `System: apply ${version}`,
  `System: health-check ${version}`,
];

it("Successful update flow: every arrow of the sequence, in its order, with a real server and a real PostgreSQL", async () => {
  await publish("2.4.0");
  expect(await agent("update")).toMatchObject({ code: 0 });
  await publish("2.4.1");
  recorder.arrows.length = 0;

  expect(await agent("update")).toMatchObject({
    code: 0,
    out: "Version 2.4.1 is installed and healthy (before: 2.4.0)\n",
  });

  expect(story()).toEqual([...upTo("2.4.1"), "UpdateServer: 2.4.1 in-progress", "UpdateServer: 2.4.1 completed"]);
  expect(await current()).toBe("versions/2.4.1");
  expect(await answer()).toEqual({ version: "2.4.1", columns: ["id", "name", "score"] });
});

it("Concurrent update prevention: the second one is told that an update is in progress, and the first goes through", async () => {
  expect(await agent("rollback", "--reason", "to update once more")).toMatchObject({ code: 0 });
  expect(await current()).toBe("versions/2.4.0");
  await publish("2.4.2");

  const both = await Promise.all([agent("update"), agent("update")]);

  expect(both.map(({ code }) => code).toSorted()).toEqual([1, 5]);
  expect(both.find(({ code }) => code === 5)?.err).toMatch(/^An update of .* is in progress already/);
});

it("Rollback on failure: what failed its health check is taken back, the old version is healthy, and both are reported", async () => {
  recorder.arrows.length = 0;
  // The configuration changed, so what failed before is tried once more.
  await appendFile(join(desk.folder, "client", "agent.yaml"), "# once more\n");

  expect(await agent("update")).toMatchObject({
    code: 1,
    out: expect.stringMatching(/^Version 2\.4\.2 was taken back; 2\.4\.0 runs and is healthy/),
  });

  expect(story()).toEqual([
    ...upTo("2.4.2").filter((arrow) => arrow !== "Registry: component"),
    "System: apply 2.4.0",
    "System: health-check 2.4.0",
    "UpdateServer: 2.4.2 in-progress",
    "UpdateServer: 2.4.2 rolled-back",
  ]);
  expect(await current()).toBe("versions/2.4.0");
  expect(await answer()).toEqual({ version: "2.4.0", columns: ["id", "name", "legacy"] });
  const { clients } = (await desk.sluice(["show", "2.4.2", "--json"])).json() as { clients: object[] };
  expect(clients).toMatchObject([{ channel: "dev", reached: 1, rolledBack: 1 }]);
});

it("Validate compatibility: what does not suit the client is not downloaded, whatever the server answers, and goes back to it", async () => {
  await publish("3.0.0", "--min-version", "2.9.0");
  recorder.arrows.length = 0;

  // The server sees that as well, so it has nothing for this client; one that is mistaken offers it.
  expect((await agent("check")).out).toMatch(/^Nothing to install: /);
  recorder.forged = { updateAvailable: true, version: "3.0.0", mandatory: false, rollback: false };
  expect(await agent("update")).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^The server offers 3\.0\.0, which the signed feed does not allow here: .*2\.9\.0/m),
  });

  expect(story()).toEqual(["UpdateServer: check", "UpdateServer: signed metadata", "UpdateServer: 3.0.0 deferred"]);
  expect(await current()).toBe("versions/2.4.0");
  expect(await answer()).toMatchObject({ version: "2.4.0" });
});
