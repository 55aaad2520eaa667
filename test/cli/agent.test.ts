import { createHash } from "node:crypto";
import { appendFile, readFile, readlink, stat } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "@sluice/updater/program/free-port.ts";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openServedDesk, pipelineText, type ServedDesk, until } from "./harness.ts";

let desk: ServedDesk;
beforeEach(async () => {
  desk = await openServedDesk();
  await desk.file("sluice.yaml", pipelineText());
  await desk.file("app", "one");
  await desk.sluice(["apply", "-f", "sluice.yaml"]);
});
afterEach(() => desk.clear());

async function publish(version: string) {
  await desk.file("app", version);
  await desk.sluice(["publish", version, "--component", "app=app"]);
  await until(
    async () => (await desk.sluice(["status", "--json"])).json() as { stages: { live: { version: string } | null }[] },
    ({ stages }) => stages[0]?.live?.version === version,
  );
}

const init = (...more: string[]) => desk.sluice(["agent", "init", "--channel", "dev", "--dir", "client", ...more]);
const agent = (step: string, ...more: string[]) =>
  desk.sluice(["agent", step, "--config", "client/agent.yaml", ...more]);

it("is set up by one command, and then installs, tells and goes back", async () => {
  const made = await init();
  expect(made).toMatchObject({ code: 0, err: "" });
  const root = await readFile(join(desk.folder, "client", "root.json"));
  expect(made.out).toContain(createHash("sha256").update(root).digest("hex"));
  expect(made.out).toMatch(/first use/);
  expect((await stat(join(desk.folder, "client", "client.token"))).mode & 0o777).toBe(0o600);
  expect((await desk.sluice(["token", "list"])).out).toMatch(/client-\S+ +client/);

  expect(await agent("check")).toMatchObject({
    code: 0,
    out: "Nothing to install: channel dev has no release yet\n",
  });
  await publish("1.0.0");
  expect((await agent("check", "--json")).json()).toMatchObject({ kind: "update", version: "1.0.0" });
  expect((await agent("check")).out).toMatch(/^Version 1\.0\.0 is on offer \(.*\)\nA running agent installs it/);
  await agent("defer", "--until", "2d");
  expect((await agent("check")).out).toMatch(/\nIt waits: it was deferred until 20/);
  expect((await agent("check", "--json")).json()).toMatchObject({ waits: expect.stringMatching(/^it was deferred/) });
  await agent("forget");
  expect((await agent("status")).out).toMatch(/last check +20\S+Z {2}version 1\.0\.0 is on offer\n/);
  expect(await agent("update")).toMatchObject({
    code: 0,
    out: expect.stringMatching(/1\.0\.0/),
    err: expect.stringMatching(/info +downloading version=1\.0\.0\n(.*\n)*.*info +installing version=1\.0\.0\n/),
  });
  const current = () => readlink(join(desk.folder, "client", "install", "current"));
  expect(await current()).toBe("versions/1.0.0");
  expect(await readFile(join(desk.folder, "client", "install", "current", "app"), "utf8")).toBe("1.0.0");
  await publish("1.1.0");
  await agent("update");
  expect(await current()).toBe("versions/1.1.0");
  expect((await agent("rollback", "--reason", "slow")).code).toBe(0);
  expect(await current()).toBe("versions/1.0.0");
  expect((await agent("status", "--json")).json()).toMatchObject({ installed: "1.0.0" });
  expect((await agent("status")).out).toMatch(/last check +20\S+Z {2}version 1\.1\.0 was installed\n/);
  const metrics = await (
    await fetch(`${desk.server.url}/metrics`, { headers: { authorization: `Bearer ${desk.server.adminToken}` } })
  ).text();
  expect(metrics, "how long it took is counted").toMatch(/^update_duration_seconds_count\{.*version="1\.1\.0".*\} 1$/m);
  const { clients } = (await desk.sluice(["show", "1.1.0", "--json"])).json() as { clients: object[] };
  expect(clients).toMatchObject([{ channel: "dev", reached: 1, rolledBack: 1 }]);
});

it("goes by the stepping stone where a release cannot be reached in one step", async () => {
  await init();
  await publish("1.0.0");
  await agent("update");
  await publish("1.5.0");
  await desk.sluice(["publish", "2.0.0", "--component", "app=app", "--min-version", "1.5.0"]);
  await until(
    async () => (await desk.sluice(["status", "--json"])).json() as { stages: { live: { version: string } | null }[] },
    ({ stages }) => stages[0]?.live?.version === "2.0.0",
  );
  expect(await agent("update")).toMatchObject({ out: "Version 1.5.0 is installed and healthy (before: 1.0.0)\n" });
  expect(await agent("update")).toMatchObject({ out: "Version 2.0.0 is installed and healthy (before: 1.5.0)\n" });
});

it("takes what a person says of an update, and says it back", async () => {
  await init();
  expect(await agent("skip", "1.2.0")).toMatchObject({ code: 0, out: "As was asked, version 1.2.0 is skipped\n" });
  expect(await agent("defer", "--until", "3d")).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^As was asked, updates are deferred until 20\d\d-/),
  });
  expect((await agent("status")).out).toMatch(/asked for +updates are deferred/);
  expect(await agent("defer", "--until", "90d")).toMatchObject({ code: 2, err: expect.stringMatching(/30 days/) });
  expect(await agent("schedule", "1.2.0", "--at", "whenever")).toMatchObject({ code: 2 });
  expect(await agent("skip", "latest")).toMatchObject({ code: 2, err: expect.stringMatching(/SemVer/) });
  expect(await agent("forget")).toMatchObject({ code: 0, out: expect.stringMatching(/up to the configuration/) });
});

it("runs until it is stopped, and a second one is told so", async () => {
  await init();
  await appendFile(join(desk.folder, "client", "agent.yaml"), `local: { port: ${await freePort()} }\n`);
  const stop = new AbortController();
  const running = desk.sluice(["agent", "run", "--config", "client/agent.yaml"], { signal: stop.signal });
  await until(
    async () => (await agent("status", "--json")).json() as { agent?: unknown; pid?: number },
    (status) => JSON.stringify(status).includes(String(process.pid)),
  );
  expect(await agent("run")).toMatchObject({ code: 5, err: expect.stringMatching(/looked after by an agent already/) });
  stop.abort();
  expect(await running).toMatchObject({
    code: 0,
    out: expect.stringMatching(/The agent runs[\s\S]*The agent has stopped/),
  });
});

it("overwrites nothing, and makes no token where it may not", async () => {
  const viewer = (await desk.sluice(["token", "create", "--name", "v", "--role", "viewer"])).out.trim();
  expect(await init("--token", viewer)).toMatchObject({ code: 0, out: expect.stringMatching(/No token was made/) });
  const text = await readFile(join(desk.folder, "client", "agent.yaml"), "utf8");
  expect(text).toMatch(/# token-file: client\.token/);
  expect(await init()).toMatchObject({ code: 5, err: expect.stringMatching(/already; it was not touched/) });
  expect(await readFile(join(desk.folder, "client", "agent.yaml"), "utf8")).toBe(text);
});

it("names the nearest channel and application", async () => {
  expect(await desk.sluice(["agent", "init", "--channel", "devv", "--dir", "client"])).toMatchObject({
    code: 4,
    err: expect.stringMatching(/Did you mean dev\?/),
  });
  expect(await init("--app", "myap")).toMatchObject({ code: 4, err: expect.stringMatching(/Did you mean myapp\?/) });
});

it("says what is wrong with its configuration: exit 2", async () => {
  expect(await agent("check")).toMatchObject({ code: 2, err: expect.stringMatching(/agent\.yaml cannot be read/) });
  const problem = await agent("check", "--json");
  expect(JSON.parse(problem.err)).toMatchObject({ type: "/problems/CONFIG_INVALID", code: "CONFIG_INVALID" });
});
