import { afterAll, beforeAll, expect, test } from "vitest";
import { pipelineOf, startTestServer, type TestServer } from "../test-server.ts";

let sluice: TestServer;

beforeAll(async () => {
  sluice = await startTestServer();
  const stages = { dev: "rollout: { evidence: { soak: 0s, groups: [region] } }", beta: "gates: [{ soak: 1h }]" };
  await sluice.call("PUT", "/api/v1/apps/shop/pipeline", { body: pipelineOf("shop", stages) });
  await sluice.publish("shop", "1.0.0");
});
afterAll(() => sluice.close());

const why = async (client: string, query = "", stage = "dev") =>
  (await sluice.call("GET", `/api/v1/apps/shop/why/1.0.0/${stage}/clients/${client}${query}`)).body;
const headers = (client: string) => ({ "x-app": "shop", "x-channel": "dev", "x-client-id": client });

test("tells of each client what its check says: let in, waiting, and well", async () => {
  await sluice.until("one is let in", async () => (await sluice.check(headers("one"))).body.updateAvailable === true);
  await sluice.until("two is let in", async () => (await sluice.check(headers("two"))).body.updateAvailable === true);
  expect(await why("one")).toMatchObject({
    standing: "gets-it",
    client: { id: "one", versionFrom: "unknown" },
    admission: { letIn: true, number: 1, offered: 2, ration: 2 },
  });
  expect((await sluice.check(headers("three"))).body.updateAvailable).toBe(false);
  expect(await why("three", "?attribute=region=eu&platform=linux-x64")).toMatchObject({
    standing: "does-not-get-it",
    client: { platform: "linux-x64", attributes: { region: "eu" } },
    admission: { letIn: false, room: 0, groups: [{ group: "region=eu" }] },
    obstacles: [{ obstacle: "not-let-in" }],
  });
  const report = { version: "1.0.0", status: "completed", details: { reason: "all is well" } };
  await sluice.call("POST", "/api/v1/updates/status", { headers: headers("one"), body: report });
  expect(await why("one")).toMatchObject({
    standing: "has-it",
    client: { version: "1.0.0", versionFrom: "reports" },
    reports: [{ version: "1.0.0", status: "completed", reason: "all is well" }],
  });
});

test("tells of a stage that the release waits for, and refuses what nobody can be asked about", async () => {
  expect(await why("one", "", "beta")).toMatchObject({ obstacles: [{ obstacle: "not-entered" }], reports: [] });
  expect(await why("one", "", "nowhere")).toMatchObject({ status: 404, code: "STAGE_NOT_FOUND" });
  expect(await why("o%20ne")).toMatchObject({ status: 400 });
  expect(await why("one", "?attribute=region")).toMatchObject({ status: 400 });
  expect(await why("one", "?current=v1")).toMatchObject({ status: 400 });
});
