import { afterAll, beforeAll, expect, test } from "vitest";
import { pipelineOf, sha256Of, startTestServer, type TestServer } from "../test-server.ts";

let sluice: TestServer;
beforeAll(async () => {
  sluice = await startTestServer();
  await sluice.call("PUT", "/api/v1/apps/shop/pipeline", { body: pipelineOf("shop", { dev: "" }) });
  for (const version of ["1.0.0", "1.1.0"]) await sluice.publish("shop", version);
  await sluice.until("1.1.0 is offered", async () => {
    return (await sluice.check({ "x-app": "shop", "x-channel": "dev" })).body.version === "1.1.0";
  });
});
afterAll(() => sluice.close());

const get = (path: string, headers: Record<string, string> = {}) =>
  sluice.call("GET", `/feeds/shop/${path}`, { token: null, headers });

test("the signed metadata is served to everybody, and leads to the feed of the channel", async () => {
  const timestamp = await get("metadata/timestamp.json");
  expect(timestamp.headers.get("cache-control")).toBe("no-cache");
  const signed = (answer: typeof timestamp) =>
    answer.body.signed as {
      meta: Record<string, { version: number }>;
      targets: Record<string, { hashes: { sha256: string } }>;
    };
  const snapshot = await get(`metadata/${signed(timestamp).meta["snapshot.json"]?.version}.snapshot.json`);
  expect(snapshot.headers.get("cache-control")).toContain("immutable");
  const targets = await get(`metadata/${signed(snapshot).meta["targets.json"]?.version}.targets.json`);
  const { sha256 } = signed(targets).targets["channels/dev.json"]?.hashes ?? { sha256: "" };
  const feed = await get(`targets/channels/${sha256}.dev.json`);
  expect(sha256Of(feed.text)).toBe(sha256);
  expect(feed.body).toMatchObject({
    app: "shop",
    channel: "dev",
    releases: expect.arrayContaining([expect.objectContaining({ version: "1.1.0" })]),
  });
});

test("content is given out as long as a release that has it is not withdrawn", async () => {
  const sha256 = sha256Of("content of 1.0.0");
  const whole = await get(`blobs/${sha256}`);
  expect(whole).toMatchObject({ status: 200, text: "content of 1.0.0" });
  expect(whole.headers.get("content-security-policy")).toContain("sandbox");
  expect(await get(`blobs/${sha256}`, { range: "bytes=0-6" })).toMatchObject({ status: 206, text: "content" });
  await sluice.call("POST", "/api/v1/apps/shop/releases/1.0.0/withdraw", { body: { reason: "leaks" } });
  expect((await get(`blobs/${sha256}`)).body).toMatchObject({ status: 404, code: "BLOB_NOT_FOUND" });
});

test("content that no release has is not given out", async () => {
  const { sha256 } = await sluice.component("uploaded, not published");
  expect((await get(`blobs/${sha256}`)).body).toMatchObject({ status: 404, code: "BLOB_NOT_FOUND" });
});

test.each([
  "metadata/99.root.json",
  "../keys/shop/root.pem",
  "metadata/..%2f..%2f..%2fadmin.token",
  "%2e%2e/x",
  "metadata/",
  "%zz",
])("nothing is at %s", async (path) => {
  const response = await fetch(`${sluice.server.url}/feeds/shop/${path}`);
  expect(response.status).toSatisfy((status: number) => status === 404 || status === 400);
  expect(await response.text()).not.toContain("PRIVATE");
});

test("an unknown application has no feeds", async () => {
  const { body } = await sluice.call("GET", "/feeds/shup/metadata/timestamp.json", { token: null });
  expect(body).toMatchObject({ status: 404, code: "APP_NOT_FOUND", nearest: ["shop"] });
});
