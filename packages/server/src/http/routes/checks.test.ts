import { afterAll, beforeAll, expect, test } from "vitest";
import { pipelineOf, startTestServer, type TestServer } from "../test-server.ts";

let sluice: TestServer;
const path = "/api/v1/apps/shop/checks";

beforeAll(async () => {
  sluice = await startTestServer();
  const gates =
    "gates: [{ check: { name: security-scan, max-age: 48h } }, { checklist: [{ id: api, title: It answers }] }]";
  await sluice.call("PUT", "/api/v1/apps/shop/pipeline", { body: pipelineOf("shop", { dev: "", beta: gates }) });
  await sluice.publish("shop", "1.0.0");
});
afterAll(() => sluice.close());

test("a result and a tick are recorded with who, when and where to read on, and let the release in", async () => {
  const ci = await sluice.token("publisher", { name: "ci" });
  const scan = { version: "1.0.0", name: "security-scan", result: "pass", evidence: "http://ci:8080/runs/1" };
  const reported = await sluice.call("POST", path, { token: ci, body: scan });
  expect(reported.status).toBe(201);
  expect(reported.body).toMatchObject({ ...scan, by: "ci", at: expect.stringMatching(/Z$/) });
  await sluice.until("dev is done", async () => {
    const { body } = await sluice.call("GET", "/api/v1/apps/shop/why/1.0.0/beta");
    return body.standing === "waiting" && JSON.stringify(body.gates).includes("0 of 1 items");
  });
  const tick = { version: "1.0.0", name: "api", result: "pass", comment: "all of them" };
  expect((await sluice.call("POST", path, { body: tick })).status).toBe(201);
  await sluice.until("it is live", async () => {
    const { body } = await sluice.call("GET", "/api/v1/apps/shop/why/1.0.0/beta");
    return body.standing === "live";
  });
});

test("what nobody asks for, and what is no result, is refused", async () => {
  const report = { version: "1.0.0", name: "security-scam", result: "pass" };
  const unknown = await sluice.call("POST", path, { body: report });
  expect([unknown.status, unknown.body.code, unknown.body.nearest]).toEqual([
    404,
    "CHECK_NOT_FOUND",
    ["security-scan"],
  ]);
  const evidence = "javascript:alert(1)";
  expect((await sluice.call("POST", path, { body: { ...report, evidence } })).status).toBe(400);
  expect((await sluice.call("POST", path, { body: { ...report, result: "maybe" } })).status).toBe(400);
});

test("a token that is limited to stages reports only what those ask for", async () => {
  const token = await sluice.token("publisher", { stages: ["dev"] });
  const body = { version: "1.0.0", name: "security-scan", result: "pass" };
  expect((await sluice.call("POST", path, { token, body })).status).toBe(403);
});
