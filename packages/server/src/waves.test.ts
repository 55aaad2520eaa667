import { afterEach, beforeEach, expect, test } from "vitest";
import { pipelineOf, startTestServer, type TestServer } from "./http/test-server.ts";

const app = "shop";
let sluice: TestServer;

beforeEach(async () => {
  sluice = await startTestServer();
});
afterEach(() => sluice.close());

async function begin(strategy: string): Promise<void> {
  const waves = "waves: [{ name: eu, match: { region: eu }, barrier: { approval: { from: [bob] } } }, { name: rest }]";
  const stage = `rollout: { ${strategy}, ${waves} }`;
  await sluice.call("PUT", `/api/v1/apps/${app}/pipeline`, { body: pipelineOf(app, { dev: stage }) });
  await sluice.publish(app, "1.0.0");
}

async function ask(id: string, region?: string) {
  const headers = { "x-app": app, "x-channel": "dev", "x-client-id": id };
  const { body } = await sluice.check(region === undefined ? headers : { ...headers, "x-attribute-region": region });
  return body.updateAvailable === true ? "offered" : body.reason;
}

async function approve(token: string): Promise<boolean> {
  const { status } = await sluice.call("POST", `/api/v1/apps/${app}/promotions/dev-1/approvals`, { token, body: {} });
  return status < 300;
}

test("a client of a later wave is offered the release once people have approved the wave before", async () => {
  await begin("steps: [{ to: 100% }]");
  await sluice.until("the first wave has it", async () => (await ask("a", "eu")) === "offered");
  expect(await ask("b", "us")).toBe("wave-not-begun");
  expect(await ask("c")).toBe("wave-not-begun");
  const { body } = await sluice.call("GET", `/api/v1/apps/${app}/status`);
  expect(body.stages).toMatchObject([{ active: { wave: { number: 1, of: 2, name: "eu" } } }]);
  const bob = await sluice.token("approver", { name: "bob" });
  await sluice.until("the whole wave has it, and bob approves", () => approve(bob));
  await sluice.until("the next has it", async () => (await ask("c")) === "offered");
  expect(await ask("a", "eu")).toBe("offered");
});

test("with evidence, each wave begins with two clients of its own", async () => {
  await begin("evidence: { soak: 0s }");
  const ids = Array.from({ length: 10 }, (_, i) => `client-${i}`);
  const offered = async (region: string) =>
    (await Promise.all(ids.map((id) => ask(`${region}-${id}`, region)))).filter((answer) => answer === "offered")
      .length;
  await sluice.until("two of the first wave have it", async () => (await offered("eu")) === 2);
  expect(await offered("us")).toBe(0);
  expect(await offered("eu")).toBe(2);
});
