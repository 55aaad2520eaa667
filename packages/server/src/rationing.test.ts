import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { pipelineOf, startTestServer, type TestServer } from "./http/test-server.ts";
import { type TestServer as Postgres, startTestServer as startPostgres } from "./log/postgres/test-server.ts";

const rules = (more = "soak: 0s") => `rollout: { evidence: { ${more} } }`;
const app = "shop";
const clients = (count: number, name = "client") => Array.from({ length: count }, (_, i) => `${name}-${i}`);

let sluice: TestServer;

async function begin(node: TestServer, stage = rules()): Promise<void> {
  sluice = node;
  await node.call("PUT", `/api/v1/apps/${app}/pipeline`, { body: pipelineOf(app, { dev: stage }) });
  await node.publish(app, "1.0.0");
  await node.until("a ration is granted", async () => (await events(node)).includes("RationGranted"));
}

async function events(node: TestServer): Promise<string[]> {
  const { body } = await node.call("GET", `/api/v1/apps/${app}/events?limit=1000`, { token: sluice.adminToken });
  return (body.events as { type: string }[]).map(({ type }) => type);
}

async function ask(node: TestServer, id: string, more: Record<string, string> = {}): Promise<boolean> {
  const { body } = await node.check({ "x-app": app, "x-channel": "dev", "x-client-id": id, ...more });
  return body.updateAvailable === true;
}

async function askAll(nodes: readonly TestServer[], ids: readonly string[]): Promise<string[]> {
  const answers = await Promise.all(ids.map((id, i) => ask(nodes[i % nodes.length] ?? sluice, id)));
  return ids.filter((_, i) => answers[i]);
}

async function report(id: string, status: string, more: Record<string, string> = {}): Promise<void> {
  const headers = { "x-app": app, "x-channel": "dev", "x-client-id": id, ...more };
  const { status: code, text } = await sluice.call("POST", "/api/v1/updates/status", {
    headers,
    body: { version: "1.0.0", status },
  });
  if (code !== 202) throw new Error(text);
}

/** Who is let in when these ask again and again until so many are. */
async function letIn(nodes: readonly TestServer[], ids: readonly string[], least: number): Promise<string[]> {
  const all = new Set<string>();
  await sluice.until(`${least} are let in`, async () => {
    for (const id of await askAll(nodes, ids)) all.add(id);
    return all.size >= least;
  });
  return [...all];
}

describe("one server", () => {
  beforeEach(async () => {
    sluice = await startTestServer();
  });
  afterEach(() => sluice.close());

  test("of a hundred that ask at once two get it; they get the same answer again, and nobody else does", async () => {
    await begin(sluice);
    const first = await letIn([sluice], clients(100), 2);
    expect(first).toHaveLength(2);
    expect((await askAll([sluice], clients(100))).toSorted()).toEqual(first.toSorted());
    expect(await ask(sluice, "client-x", { "x-current-version": "1.0.0" })).toBe(false);
    const anonymous = await sluice.check({ "x-app": app, "x-channel": "dev" });
    expect(anonymous.body).toMatchObject({ updateAvailable: false, reason: "not-yet-exposed" });
  });

  test("who confirms health makes room for the next, and failures that prove harm take it back", async () => {
    await begin(sluice);
    const [one = "", two = ""] = await letIn([sluice], clients(20), 2);
    await report(one, "completed");
    const next = (await letIn([sluice], clients(20), 3)).filter((id) => id !== one && id !== two);
    expect(next).toHaveLength(1);
    for (const id of [two, ...next]) await report(id, "failed");
    await sluice.until("it is rolled back", async () => (await events(sluice)).includes("PromotionRolledBack"));
    expect(await askAll([sluice], clients(20))).toEqual([]);
  });

  test("who gives an offer back makes room, and asks again for another", async () => {
    await begin(sluice);
    const [one = "", two = ""] = await letIn([sluice], clients(2), 2);
    await report(one, "deferred");
    const third = await letIn([sluice], ["third"], 1);
    expect(third).toEqual(["third"]);
    expect(await ask(sluice, one)).toBe(false);
    await report(two, "completed");
    expect(await letIn([sluice], [one], 1)).toEqual([one]);
  });

  test("nobody new while it is paused, and who was let in keeps it", async () => {
    await begin(sluice);
    const [one = ""] = await letIn([sluice], ["one"], 1);
    expect((await sluice.call("POST", `/api/v1/apps/${app}/promotions/dev-1/pause`)).status).toBe(200);
    expect(await askAll([sluice], [one, ...clients(20)])).toEqual([one]);
    await sluice.call("POST", `/api/v1/apps/${app}/promotions/dev-1/resume`);
    expect(await letIn([sluice], clients(20), 1)).toHaveLength(1);
  });

  test("a group that nobody was tried in yet has its own ration", async () => {
    await begin(sluice, rules("soak: 0s, groups: [region, platform]"));
    const eu = { "x-attribute-region": "eu", "x-platform": "linux-x64" };
    for (const id of clients(12)) {
      await sluice.until(`${id} is let in`, () => ask(sluice, id, eu));
      await report(id, "completed", eu);
    }
    const us = clients(10, "us");
    const let2 = await Promise.all(us.map((id) => ask(sluice, id, { "x-attribute-region": "us" })));
    expect(let2.filter(Boolean).length).toBeLessThanOrEqual(2);
  });
});

test("a server that is killed between letting in and answering has lost no spend", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "sluice-rationing-"));
  const start = async (): Promise<{ child: ChildProcess; url: string; adminToken?: string }> => {
    const child = fork(join(import.meta.dirname, "server-to-kill.ts"), [dataDir], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const exited = once(child, "exit").then(([code]) => {
      throw new Error(`the server ended with ${code} before it listened`);
    });
    const [said] = await Promise.race([once(child, "message"), exited]);
    exited.catch(() => undefined);
    return { child, ...said };
  };
  const check = async (url: string, id: string) => {
    const headers = { "x-app": app, "x-channel": "dev", "x-client-id": id };
    const response = await fetch(`${url}/api/v1/updates/check`, { headers });
    return ((await response.json()) as { updateAvailable: boolean }).updateAvailable;
  };
  try {
    sluice = await startTestServer({ dataDir });
    await begin(sluice);
    await sluice.close();
    const told = new Set<string>();
    for (let round = 0; round < 3; round++) {
      const { child, url } = await start();
      const asking = clients(100, `round${round}`).map(async (id) => {
        if (await check(url, id).catch(() => false)) told.add(id);
      });
      await Promise.race(asking);
      child.kill("SIGKILL");
      await Promise.all([once(child, "exit"), ...asking]);
    }
    sluice = await startTestServer({ dataDir });
    const all = [...told, ...[0, 1, 2].flatMap((round) => clients(100, `round${round}`)), ...clients(100, "late")];
    const letInNow = await askAll([sluice], all);
    expect(new Set([...told, ...letInNow]).size).toBe(2);
    await sluice.close();
  } finally {
    await rm(dataDir, { recursive: true });
  }
});

describe("two servers on one database", () => {
  let postgres: Postgres;
  let first: TestServer;
  let second: TestServer;
  beforeEach(async () => {
    postgres = await startPostgres();
    const databaseUrl = await postgres.newSchema();
    first = await startTestServer({ databaseUrl });
    second = await startTestServer({ databaseUrl });
  });
  afterEach(async () => {
    await first?.close();
    await second?.close();
    await postgres?.stop();
  });

  test("let two clients in at a ration of two, never two a node, and go on together", async () => {
    await begin(first);
    const knows = async () => (await second.check({ "x-app": app, "x-channel": "dev" })).status === 200;
    await second.until("the second knows it", knows);
    const let2 = await letIn([first, second], clients(100), 2);
    expect(let2).toHaveLength(2);
    expect(await askAll([first, second], clients(100))).toHaveLength(2);
    for (const id of let2) expect([await ask(first, id), await ask(second, id)]).toEqual([true, true]);
    sluice = second;
    for (const id of let2) {
      const headers = { "x-app": app, "x-channel": "dev", "x-client-id": id };
      const body = { version: "1.0.0", status: "completed" };
      await second.call("POST", "/api/v1/updates/status", { headers, body, token: first.adminToken });
    }
    // Two healthy clients make room for two more, or three, as the ration begins to grow.
    const more = await letIn([second], clients(100), 4);
    expect(more.length).toBeLessThanOrEqual(5);
  });
});
