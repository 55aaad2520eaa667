import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../http/test-server.ts";

interface Posted {
  readonly path: string | undefined;
  readonly event: unknown;
  readonly body: Record<string, unknown>;
}

let sluice: TestServer;
let chat: Server;
let posted: Posted[];
let refusals: number;

beforeEach(async () => {
  posted = [];
  refusals = 0;
  chat = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (refusals-- > 0) return response.writeHead(503).end();
    const body = JSON.parse(Buffer.concat(chunks).toString());
    posted.push({ path: request.url, event: request.headers["sluice-event"], body });
    return response.end("ok");
  });
  await new Promise<void>((resolve) => chat.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${(chat.address() as AddressInfo).port}`;
  const secrets: Record<string, string> = { CHAT: `${base}/chat`, HOOK: `${base}/hook` };
  sluice = await startTestServer({ secrets: (name) => secrets[name] });
});
afterEach(async () => {
  await sluice.close();
  await new Promise((resolve) => chat.close(resolve));
});

const apply = async (...recipients: string[]) => {
  const lines = recipients.map((one) => `  - ${one}\n`).join("");
  const body = `apiVersion: sluice/v1\napp: shop\nnotifications:\n${lines}stages:\n  - name: dev\n  - name: prod\n    gates: [{ soak: 24h }]\n`;
  expect(await sluice.call("PUT", "/api/v1/apps/shop/pipeline", { body })).toMatchObject({ status: 200 });
};
const override = (version: string) =>
  sluice.call("POST", "/api/v1/apps/shop/promotions", {
    body: { version, stage: "prod", override: "it mends the fire" },
  });
const told = async () => {
  const { body } = await sluice.call("GET", "/api/v1/apps/shop/events?limit=500");
  const events = body.events as { type: string; data: { about: number; to: string[]; missed: string[] } }[];
  return events.filter(({ type }) => type === "PeopleTold").map(({ data }) => data);
};

test("an override and a rollback are told, put down, and named by the incident; after a restart nothing is told again", async () => {
  await apply(
    "{ name: chat, kind: slack, address: CHAT }",
    "{ name: desk, kind: webhook, address: HOOK, about: [rollbacks] }",
  );
  for (const version of ["1.0.0", "1.1.0"]) {
    await sluice.publish("shop", version);
    await sluice.until("it is in dev", async () => (await override(version)).status < 300);
  }
  await sluice.until("1.1.0 is live in prod", async () => {
    const { body } = await sluice.call("GET", "/api/v1/apps/shop/status");
    return (body.stages as { live: { version: string } | null }[])[1]?.live?.version === "1.1.0";
  });
  await sluice.call("POST", "/api/v1/apps/shop/stages/prod/rollback", { body: { reason: "checkout is slow" } });
  await sluice.until("three were told of", async () => (await told()).length === 3);
  const texts = posted.filter(({ path }) => path === "/chat").map(({ body }) => String(body.text));
  expect(texts).toHaveLength(3);
  expect(texts[0]).toMatch(
    /^\[critical\] \*OVERRIDE: shop 1\.0\.0 passes over the gates of prod\*\nadmin: it mends the fire$/,
  );
  expect(texts[2]).toMatch(/rolled back in prod to 1\.0\.0\*\ncheckout is slow$/);
  const [news] = posted.filter(({ path }) => path === "/hook");
  expect(news?.body).toMatchObject({
    app: "shop",
    topic: "rollbacks",
    stage: "prod",
    version: "1.1.0",
    actor: "admin",
  });
  expect(news?.event).toBe(`shop/${news?.body.seq}`);
  const { body } = await sluice.call("GET", "/api/v1/apps/shop/incidents/incident-1");
  expect(body.who).toMatchObject({ told: ["chat", "desk"] });
  await sluice.restart();
  await sluice.call("POST", "/api/v1/apps/shop/stages/dev/freeze", { body: { reason: "holidays" } });
  await sluice.until("the freeze was told of", async () => (await told()).length === 4);
  expect(posted.map(({ event }) => event)).toHaveLength(5);
});

test("who cannot be reached at first is tried again; who has no address is put down as missed, and holds nobody up", async () => {
  await apply("{ name: chat, kind: teams, address: CHAT }", "{ name: nobody, kind: slack, address: NOT_SET }");
  refusals = 1;
  await sluice.call("POST", "/api/v1/apps/shop/stages/dev/freeze", { body: { reason: "holidays" } });
  await sluice.until("it was told", async () => (await told()).length === 1);
  expect(await told()).toMatchObject([{ to: ["chat"], missed: ["nobody"] }]);
  expect(posted).toHaveLength(1);
});
