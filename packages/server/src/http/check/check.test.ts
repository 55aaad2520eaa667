import { afterAll, beforeAll, expect, test } from "vitest";
import { type Answer, pipelineOf, startTestServer, type TestServer } from "../test-server.ts";

let sluice: TestServer;

beforeAll(async () => {
  sluice = await startTestServer();
  const body = pipelineOf("shop", { dev: "", stable: "rollout: { steps: [{ to: 50%, hold: 24h }, { to: 100% }] }" });
  await sluice.call("PUT", "/api/v1/apps/shop/pipeline", { body });
  await sluice.publish("shop", "1.0.0");
  await offered("dev", "1.0.0");
});
afterAll(() => sluice.close());

const check = (channel: string, more: Record<string, string> = {}): Promise<Answer> =>
  sluice.check({ "x-app": "shop", "x-channel": channel, ...more });

function offered(channel: string, version: string, more: Record<string, string> = {}): Promise<void> {
  return sluice.until(
    `${version} is offered on ${channel}`,
    async () => (await check(channel, more)).body.version === version,
  );
}

test("an update is offered with its components, and the answer is not sent again when it is the same", async () => {
  const answer = await check("dev", { "x-current-version": "0.9.0" });
  expect(answer.status).toBe(200);
  const { components, downloadUrl, signature } = answer.body as {
    components: { url: string }[];
    downloadUrl: string;
    signature: string;
  };
  expect(answer.body).toMatchObject({
    updateAvailable: true,
    version: "1.0.0",
    mandatory: false,
    rollback: false,
    releaseNotes: "/api/v1/apps/shop/releases/1.0.0",
    nextCheckSeconds: 21_600,
  });
  expect(signature).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(downloadUrl).toBe(components[0]?.url);
  expect((await sluice.call("GET", downloadUrl, { token: null })).text).toBe("content of 1.0.0");
  const etag = answer.headers.get("etag") ?? "";
  const same = await check("dev", { "x-current-version": "0.9.0", "if-none-match": `"other", W/${etag}` });
  expect(same).toMatchObject({ status: 304, text: "" });
  expect(same.headers.get("etag")).toBe(etag);
  expect((await check("dev", { "x-current-version": "1.0.0", "if-none-match": etag })).status).toBe(200);
});

test("who has the newest is told so", async () => {
  expect((await check("dev", { "x-current-version": "1.0.0" })).body).toMatchObject({
    updateAvailable: false,
    reason: "up-to-date",
  });
});

test("a query and HEAD are understood as well", async () => {
  const headers = { "x-app": "shop", "x-channel": "dev" };
  expect((await sluice.call("GET", "/api/v1/updates/check?from=somewhere", { headers, token: null })).status).toBe(200);
  expect(
    (await sluice.call("HEAD", "/api/v1/updates/check", { headers, token: null })).headers.get("etag"),
  ).not.toBeNull();
  expect((await sluice.call("GET", "/api/v1/updates/checks", { headers, token: null })).status).toBe(404);
});

test("an unknown application or channel gets the nearest names", async () => {
  const app = await sluice.check({ "x-app": "shup", "x-channel": "dev" });
  expect(app.body).toMatchObject({ status: 404, code: "APP_NOT_FOUND", nearest: ["shop"] });
  expect(app.headers.get("content-type")).toContain("application/problem+json");
  expect((await check("stabel")).body).toMatchObject({ status: 404, code: "STAGE_NOT_FOUND", nearest: ["stable"] });
});

test.each<[Record<string, string>, string]>([
  [{ "x-channel": "dev" }, "X-App"],
  [{ "x-app": "shop", "x-channel": "dev", "x-client-id": "a/b" }, "x-client-id"],
  [{ "x-app": "shop", "x-channel": "dev", "x-current-version": "latest" }, "X-Current-Version"],
  [{ "x-app": "shop", "x-channel": "dev", "x-platform": "any" }, "X-Platform"],
])("a check with %j is refused, and says which header is wrong", async (headers, header) => {
  const { body } = await sluice.check(headers);
  expect(body).toMatchObject({ status: 400, code: "REQUEST_INVALID" });
  expect(String(body.detail).toLowerCase()).toContain(header.toLowerCase());
});

test("a release in part is offered to the same clients each time, and to nobody who does not say who it is", async () => {
  const clients = Array.from({ length: 60 }, (_, i) => ({ "x-client-id": `pc-${i}` }));
  const answers = () =>
    Promise.all(clients.map(async (client) => (await check("stable", client)).body.updateAvailable === true));
  await sluice.until("the release has reached half of stable", async () => (await answers()).includes(true));
  const first = await answers();
  expect(first.filter(Boolean).length).toSatisfy((n: number) => n > 10 && n < 50);
  expect(await answers()).toEqual(first);
  expect((await check("stable")).body.updateAvailable).toBe(false);
});

test("nobody is offered a version any more once it is rolled back, and who has it is offered the way back", async () => {
  await sluice.publish("shop", "2.0.0");
  await sluice.until("2.0.0 is live in dev", async () => {
    const { body } = await sluice.call("GET", "/api/v1/apps/shop/releases/2.0.0");
    return (body.stages as Record<string, string>).dev === "live";
  });
  await offered("dev", "2.0.0");
  await sluice.call("POST", "/api/v1/apps/shop/stages/dev/rollback", { body: { reason: "crashes" } });
  expect((await check("dev", { "x-current-version": "0.9.0" })).body.version).not.toBe("2.0.0");
  await offered("dev", "1.0.0", { "x-current-version": "2.0.0" });
  expect((await check("dev", { "x-current-version": "2.0.0" })).body).toMatchObject({
    rollback: true,
    mandatory: true,
  });
  expect((await check("dev", { "x-current-version": "0.9.0" })).body).toMatchObject({
    version: "1.0.0",
    rollback: false,
  });
});
