import { afterEach, beforeEach, expect, test } from "vitest";
import { pipelineOf, startTestServer, type TestServer } from "./http/test-server.ts";

const app = "shop";
let sluice: TestServer;

beforeEach(async () => {
  sluice = await startTestServer();
});
afterEach(() => sluice.close());

async function begin(stage: string): Promise<void> {
  await sluice.call("PUT", `/api/v1/apps/${app}/pipeline`, { body: pipelineOf(app, { dev: stage }) });
  await sluice.publish(app, "1.0.0");
}

async function ask(id: string, version?: string) {
  const headers = { "x-app": app, "x-channel": "dev", "x-client-id": id };
  return (await sluice.check(version === undefined ? headers : { ...headers, "x-current-version": version })).body;
}

async function askAll(ids: readonly string[]): Promise<string[]> {
  const answers = await Promise.all(ids.map(async (id) => ({ id, offered: (await ask(id)).updateAvailable === true })));
  return answers.flatMap(({ id, offered }) => (offered ? [id] : []));
}

async function report(id: string, status: string, version = "1.0.0"): Promise<void> {
  const headers = { "x-app": app, "x-channel": "dev", "x-client-id": id };
  const { status: code, text } = await sluice.call("POST", "/api/v1/updates/status", {
    headers,
    body: { version, status },
  });
  if (code !== 202) throw new Error(text);
}

test("of a hundred that ask at once forty get it, the others are told to come back, and all get it in the end", async () => {
  await begin("downloads: { at-most: 40 }");
  await sluice.until("it is offered", async () => (await ask("client-0")).updateAvailable === true);
  let waiting = Array.from({ length: 100 }, (_, i) => `client-${i}`);
  for (const expected of [40, 40, 20]) {
    const now = await askAll(waiting);
    expect(now).toHaveLength(expected);
    await Promise.all(now.map((id) => report(id, "in-progress")));
    if (expected === 40)
      expect(await ask("another")).toMatchObject({
        updateAvailable: false,
        reason: "downloads-full",
        nextCheckSeconds: 60,
      });
    await Promise.all(now.map((id) => report(id, "completed")));
    waiting = waiting.filter((id) => !now.includes(id));
  }
  expect(waiting).toEqual([]);
});

test("the way back needs no place, and ends a download", async () => {
  await begin("downloads: { at-most: 1 }");
  await sluice.until("it is offered", async () => (await ask("a")).updateAvailable === true);
  await report("a", "completed");
  await sluice.publish(app, "1.1.0");
  await sluice.until("the next is offered", async () => (await ask("a", "1.0.0")).version === "1.1.0");
  expect((await ask("b", "1.0.0")).reason).toBe("downloads-full");
  await sluice.call("POST", `/api/v1/apps/${app}/stages/dev/rollback`, { body: { reason: "it harms" } });
  await sluice.until("both go back", async () => (await ask("a", "1.1.0")).rollback === true);
  expect(await ask("b", "1.1.0")).toMatchObject({ updateAvailable: true, rollback: true, version: "1.0.0" });
});

test("who finds no place is not let in, so that nobody's ration is spent on waiting", async () => {
  await begin("downloads: { at-most: 1 }, rollout: { evidence: { soak: 0s } }");
  await sluice.until("one is let in", async () => (await askAll(["a", "b", "c"])).length === 1);
  const { body } = await sluice.call("GET", `/api/v1/apps/${app}/status`);
  expect(body.stages).toMatchObject([{ active: { ration: { offered: 1 } } }]);
});
