import { afterEach, expect, test } from "vitest";
import { trustedProxies } from "./http/client-address.ts";
import { pipelineOf, startTestServer, type TestServer } from "./http/test-server.ts";

const app = "shop";
const version = "1.0.0";
let sluice: TestServer;
afterEach(() => sluice.close());

async function begin(rules: string): Promise<void> {
  // Who asks says where from, as through a proxy that the operator trusts.
  sluice = await startTestServer({ trustProxy: trustedProxies(["loopback"]) });
  const body = `${pipelineOf(app, { dev: `rollout: { evidence: { soak: 0s, ${rules} } }` })}clients: { check-every: 1s }\n`;
  expect((await sluice.call("PUT", `/api/v1/apps/${app}/pipeline`, { body })).status).toBeLessThan(300);
  await sluice.publish(app, version);
  await sluice.until("a ration is granted", async () => (await events()).includes("RationGranted"));
}

async function events(): Promise<string[]> {
  const { body } = await sluice.call("GET", `/api/v1/apps/${app}/events?limit=1000`);
  return (body.events as { type: string }[]).map(({ type }) => type);
}

async function ask(id: string, more: Readonly<Record<string, string>>): Promise<boolean> {
  const { body } = await sluice.check({ "x-app": app, "x-channel": "dev", "x-client-id": id, ...more });
  return body.updateAvailable === true;
}

async function report(id: string, address: string, status: string): Promise<void> {
  const headers = { "x-app": app, "x-channel": "dev", "x-client-id": id, "x-forwarded-for": address };
  const answer = await sluice.call("POST", "/api/v1/updates/status", { headers, body: { version, status } });
  expect(answer.status, answer.text).toBe(202);
}

/** Asks for ever new clients of one address, until the signal, and keeps those that are offered the release. */
async function makeUpClients(address: string, offered: string[], signal: AbortSignal): Promise<void> {
  for (let i = 0; !signal.aborted; i++) {
    const ids = Array.from({ length: 10 }, (_, n) => `made-up-${i}-${n}`);
    const answers = await Promise.all(ids.map((id) => ask(id, { "x-forwarded-for": address })));
    offered.push(...ids.filter((_, n) => answers[n]));
  }
}

/** Asks for each of a fleet's clients, each at an address of its own, until all are served or it is over. @returns how many were */
async function serveFleet(status: (client: number) => string, isOver: () => Promise<boolean>): Promise<number> {
  const waiting = new Set(Array.from({ length: 150 }, (_, i) => i));
  let installed = 0;
  await sluice.until("the fleet is served, or the rollout is over", async () => {
    if (await isOver()) return true;
    for (const client of waiting) {
      const address = `198.51.100.${client}`;
      if (!(await ask(`pc-${client}`, { "x-forwarded-for": address }))) continue;
      waiting.delete(client);
      installed++;
      await report(`pc-${client}`, address, status(client));
    }
    return waiting.size === 0;
  });
  return installed;
}

test("whoever makes up clients, two at an address get the release, and a good one arrives all the same", async () => {
  await begin("max-failure-rate: 20%, report-deadline: 1s");
  const stop = new AbortController();
  const offered: string[] = [];
  const flood = makeUpClients("203.0.113.9", offered, stop.signal);
  await sluice.until("made-up clients wait", async () => {
    const { text } = await sluice.call("GET", "/metrics");
    return /sluice_newcomers_passed_over_total [1-9]\d\d/.test(text);
  });
  expect(offered).toHaveLength(2);
  const over = async () => (await events()).includes("PromotionRolledBack");
  await serveFleet(() => "completed", over);
  await sluice.until("it is complete", async () => (await events()).includes("PromotionCompleted"));
  stop.abort();
  await flood;
  expect(await events()).not.toContain("PromotionRolledBack");
});

test("made-up clients hide no harm: a bad release goes back after a few", async () => {
  await begin("max-failure-rate: 1%, report-deadline: 1s");
  const stop = new AbortController();
  const flood = makeUpClients("203.0.113.9", [], stop.signal);
  const over = async () => (await events()).includes("PromotionRolledBack");
  expect(await serveFleet(() => "failed", over)).toBeLessThanOrEqual(3);
  await sluice.until("it is rolled back", over);
  stop.abort();
  await flood;
});

test("where clients have to prove that they are some, nobody else is let in, and nobody waits for the others", async () => {
  await begin("clients: authenticated, max-failure-rate: 10%");
  const secret = await sluice.token("client");
  const elsewhere = await sluice.token("client", { stages: ["prod"] });
  const reader = await sluice.token("viewer");
  const asked = (id: string, token?: string) =>
    ask(id, token === undefined ? {} : { authorization: `Bearer ${token}` });
  await sluice.until("who proves it is let in", () => asked("pc-1", secret));
  expect(await asked("pc-1"), "who was let in gets the same answer again").toBe(true);
  // There is room for one more.
  for (const token of [undefined, "wrong", elsewhere, reader]) expect(await asked("pc-2", token)).toBe(false);
  await report("pc-1", "198.51.100.1", "completed");
  await sluice.until("it has reached everybody who proved it", async () => {
    await asked("made-up");
    return (await events()).includes("PromotionCompleted");
  });
});
