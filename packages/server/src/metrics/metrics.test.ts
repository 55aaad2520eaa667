import { afterAll, beforeAll, expect, test } from "vitest";
import { pipelineOf, startTestServer, type TestServer } from "../http/test-server.ts";

let sluice: TestServer;
beforeAll(async () => {
  sluice = await startTestServer();
  await sluice.call("PUT", "/api/v1/apps/shop/pipeline", { body: pipelineOf("shop", { dev: "" }) });
});
afterAll(() => sluice.close());

const metrics = async () => (await sluice.call("GET", "/metrics")).text;

test("the server tells of itself", async () => {
  await sluice.check({ "x-app": "shop", "x-channel": "dev" });
  await sluice.call("GET", "/api/v1/apps/shop/status");
  const text = await metrics();
  expect(text).toMatch(/^sluice_build_info\{version="[\d.]+",node="v26\.[\d.]+"\} 1$/m);
  expect(text).toMatch(/^sluice_update_checks_total 1$/m);
  expect(text).toMatch(
    /^sluice_http_requests_total\{method="GET",route="\/api\/v1\/apps\/:app\/status",status="200"\} 1$/m,
  );
  expect(text).toMatch(/^sluice_events_appended_total [1-9]/m);
  expect(text).toMatch(/^sluice_controller_turns_total [1-9]/m);
  expect(text).toMatch(/^sluice_controller_leads 1$/m);
  expect(text).toMatch(/^process_cpu_seconds_total /m);
});

test("addresses that are made up make no series", async () => {
  for (let i = 0; i < 20; i++) await sluice.call("GET", `/made-up-${i}`);
  expect(await metrics()).not.toContain("made-up");
});

test("only the newest twenty versions have series", async () => {
  for (let i = 0; i < 25; i++) {
    const version = `1.0.${i}`;
    await sluice.publish("shop", version);
    await sluice.until(`${version} is offered`, async () => {
      return (await sluice.check({ "x-app": "shop", "x-channel": "dev" })).body.version === version;
    });
    const headers = { "x-app": "shop", "x-channel": "dev", "x-client-id": "pc-1" };
    const body = { version, status: "completed", details: { durationMs: 1_000 } };
    expect((await sluice.call("POST", "/api/v1/updates/status", { headers, body })).status).toBe(202);
  }
  const text = await metrics();
  for (const name of ["update_attempts_total", "update_success_total", "update_duration_seconds_count"])
    expect([...text.matchAll(new RegExp(`^${name}\\{`, "gm"))]).toHaveLength(20);
  expect(text).toContain('version="1.0.24"');
  expect(text).not.toContain('version="1.0.4"');
});
