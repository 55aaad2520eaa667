import { afterAll, beforeAll, expect, test } from "vitest";
import { pipelineOf, startTestServer, type TestServer } from "../test-server.ts";

let sluice: TestServer;
let client: string;

beforeAll(async () => {
  sluice = await startTestServer();
  await sluice.call("PUT", "/api/v1/apps/shop/pipeline", {
    body: pipelineOf("shop", { dev: "", beta: "gates: [{ soak: 1h }]" }),
  });
  await sluice.publish("shop", "1.0.0");
  await sluice.until("1.0.0 is offered", async () => {
    return (await sluice.check({ "x-app": "shop", "x-channel": "dev" })).body.updateAvailable === true;
  });
  client = await sluice.token("client");
});
afterAll(() => sluice.close());

const from = (clientId: string, channel = "dev") => ({
  "x-app": "shop",
  "x-channel": channel,
  "x-client-id": clientId,
});
const report = (headers: Record<string, string>, body: object) =>
  sluice.call("POST", "/api/v1/updates/status", { headers, body, token: client });

test("a report counts once, however often it comes", async () => {
  const body = {
    version: "1.0.0",
    status: "completed",
    timestamp: "2024-03-15T10:00:00Z",
    details: { durationMs: 4_000 },
  };
  expect(await report(from("pc-1"), body)).toMatchObject({ status: 202, body: { accepted: true } });
  expect((await report(from("pc-1"), body)).status).toBe(202);
  await report(from("pc-2"), { version: "1.0.0", status: "rolled-back" });
  const { counts } = (await sluice.call("GET", "/api/v1/apps/shop/clients")).body;
  expect(counts).toEqual([
    { app: "shop", channel: "dev", version: "1.0.0", reached: 2, healthy: 1, failed: 1, rolledBack: 1 },
  ]);
  const { reports } = (await sluice.call("GET", "/api/v1/apps/shop/reports?client=pc-1")).body;
  const { timestamp, ...said } = body;
  expect(reports).toEqual([expect.objectContaining({ ...said, clientId: "pc-1", clientTime: timestamp })]);
  const { text } = await sluice.call("GET", "/metrics");
  const labels = 'app="shop",version="1.0.0",channel="dev"';
  for (const line of [
    `update_attempts_total{${labels}} 2`,
    `update_success_total{${labels}} 1`,
    `update_rollbacks_total{${labels}} 1`,
    `update_duration_seconds_sum{${labels}} 8`,
  ])
    expect(text).toContain(line);
});

test("a report on a version that was never offered there is refused", async () => {
  const never = { version: "0.0.1", status: "completed" };
  expect((await report(from("pc-1"), never)).body).toMatchObject({ status: 409, code: "VERSION_NEVER_OFFERED" });
  const elsewhere = { version: "1.0.0", status: "completed" };
  expect((await report(from("pc-1", "beta"), elsewhere)).body).toMatchObject({
    status: 409,
    code: "VERSION_NEVER_OFFERED",
  });
});

test.each([
  ["an unknown application", { ...from("pc"), "x-app": "shup" }, {}, 404, "APP_NOT_FOUND"],
  ["an unknown channel", from("pc", "bta"), {}, 404, "STAGE_NOT_FOUND"],
  ["no client", { "x-app": "shop", "x-channel": "dev" }, {}, 400, "REQUEST_INVALID"],
  ["a client whose name is no name", from("a b"), {}, 400, "REQUEST_INVALID"],
  ["an unknown status", from("pc"), { status: "fine" }, 400, "REQUEST_INVALID"],
  ["a time that is none", from("pc"), { timestamp: "yesterday" }, 400, "REQUEST_INVALID"],
  ["details that are too long", from("pc"), { details: { log: "x".repeat(17_000) } }, 413, "BODY_TOO_LARGE"],
])("a report with %s is refused", async (_what, headers, more, status, code) => {
  const refused = await report(headers, { version: "1.0.0", status: "failed", ...more });
  expect({ status: refused.status, code: refused.body.code }).toEqual({ status, code });
});

test("a client's token that is limited to a channel reports on no other", async () => {
  const token = await sluice.token("client", { stages: ["beta"] });
  const body = { version: "1.0.0", status: "completed" };
  const refused = await sluice.call("POST", "/api/v1/updates/status", { headers: from("pc-9"), body, token });
  expect(refused.body).toMatchObject({ status: 403, code: "NOT_ALLOWED" });
});

test("that a client was told to go back is believed only of a version that was taken back", async () => {
  await sluice.publish("shop", "1.1.0");
  await sluice.until("1.1.0 is live", async () => {
    const { body } = await sluice.check({ "x-app": "shop", "x-channel": "dev" });
    return body.version === "1.1.0";
  });
  const failedOn = async (version: string) => {
    const { counts } = (await sluice.call("GET", "/api/v1/apps/shop/clients")).body;
    return (counts as { version: string; failed: number }[]).find((one) => one.version === version)?.failed ?? 0;
  };
  const wentBack = { version: "1.1.0", status: "rolled-back", details: { ordered: true } };
  await report(from("pc-8"), wentBack);
  expect(await failedOn("1.1.0")).toBe(1);
  await sluice.call("POST", "/api/v1/apps/shop/stages/dev/rollback", { body: { reason: "slow" } });
  await report(from("pc-9"), wentBack);
  expect(await failedOn("1.1.0")).toBe(1);
});
