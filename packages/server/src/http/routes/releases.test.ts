import { afterAll, beforeAll, expect, test } from "vitest";
import { pipelineOf, sha256Of, startTestServer, type TestServer } from "../test-server.ts";

const releases = "/api/v1/apps/shop/releases";
let sluice: TestServer;
beforeAll(async () => {
  sluice = await startTestServer();
  await sluice.call("PUT", "/api/v1/apps/shop/pipeline", {
    body: pipelineOf("shop", { dev: "", beta: "gates: [{ soak: 1h }]" }),
  });
});
afterAll(() => sluice.close());

test("a release is published once, whatever is sent again", async () => {
  const first = await sluice.publish("shop", "1.0.0", { commit: "0123abc", notes: "The first" });
  expect(first.status).toBe(201);
  expect(first.body).toMatchObject({ version: "1.0.0", created: true, promotion: "dev-1" });
  const again = await sluice.publish("shop", "1.0.0", { commit: "0123abc", notes: "The first" });
  expect(again.status).toBe(200);
  expect(again.body).toEqual({ version: "1.0.0", created: false, digest: first.body.digest });
  const other = await sluice.publish("shop", "1.0.0", { notes: "Something else" });
  expect(other.status).toBe(409);
  expect(other.body.code).toBe("RELEASE_EXISTS");
});

test("a release is shown with its path, its manifest and what clients said", async () => {
  await sluice.publish("shop", "1.1.0", { mandatory: true });
  await sluice.until("1.1.0 is live in dev", async () => {
    const { body } = await sluice.call("GET", `${releases}/1.1.0`);
    return (body.stages as Record<string, string>).dev === "live";
  });
  const { body } = await sluice.call("GET", `${releases}/1.1.0`);
  expect(body).toMatchObject({
    version: "1.1.0",
    publishedBy: "admin",
    mandatory: true,
    stages: { dev: "live", beta: "waiting" },
    manifest: { app: "shop", version: "1.1.0" },
    issues: [],
    clients: [],
  });
  expect(body.path).toEqual([
    expect.objectContaining({ stage: "beta", status: "waiting" }),
    expect.objectContaining({ stage: "dev", status: "complete", exposure: 10_000 }),
  ]);
});

test("releases are listed newest first, by pages", async () => {
  const versions = ["2.0.0-beta.2", "2.0.0-beta.10", "2.0.0"];
  for (const version of versions) await sluice.publish("shop", version);
  const all: string[] = [];
  let after = "";
  do {
    const { body } = await sluice.call("GET", `${releases}?limit=2${after}`);
    all.push(...(body.releases as { version: string }[]).map((release) => release.version));
    after = body.next === undefined ? "" : `&after=${body.next}`;
  } while (after !== "");
  expect(all.filter((version) => version.startsWith("2."))).toEqual(versions.toReversed());
});

test("a release whose content is not here is refused, with the component and the digest", async () => {
  const sha256 = sha256Of("never uploaded");
  const body = { version: "3.0.0", components: [{ name: "program", kind: "file", sha256, size: 14 }] };
  const missing = await sluice.call("POST", releases, { body });
  expect(missing.status).toBe(422);
  expect(missing.body.code).toBe("BLOB_MISSING");
  expect(missing.body.detail).toContain("program");
  expect(missing.body.detail).toContain(sha256);
});

test("a release that says another size than the content has is refused", async () => {
  const component = await sluice.component("fourteen bytes");
  const body = { version: "3.0.0", components: [{ ...component, size: 15 }] };
  const wrong = await sluice.call("POST", releases, { body });
  expect(wrong.body).toMatchObject({ status: 422, code: "RELEASE_INVALID" });
  expect(wrong.body.detail).toContain("14");
});

test.each([
  ["a version that is not SemVer", { version: "v1.2" }, "body.version"],
  [
    "a component's name that leads elsewhere",
    { components: [{ name: "../x", kind: "file", sha256: "0".repeat(64), size: 1 }] },
    "body.components.0.name",
  ],
  ["a member that there is none of", { surprise: true }, "body"],
  ["no components", { components: [] }, "body.components"],
  ["another application", { app: "store" }, undefined],
])("%s is refused, with the place", async (_what, more, at) => {
  const { status, body } = await sluice.publish("shop", "4.0.0", more);
  expect(status).toBe(422);
  expect(body.code).toBe("RELEASE_INVALID");
  if (at !== undefined) expect(body.invalid).toContainEqual({ at, message: expect.any(String) });
});

test("an unknown release gets the nearest versions, a name that is none is a bad request", async () => {
  const unknown = await sluice.call("GET", `${releases}/1.0.1`);
  expect(unknown.body).toMatchObject({
    status: 404,
    code: "RELEASE_NOT_FOUND",
    nearest: expect.arrayContaining(["1.0.0"]),
  });
  expect((await sluice.call("GET", `${releases}/latest`)).body).toMatchObject({ status: 400, code: "REQUEST_INVALID" });
});

test("a withdrawn release says so, and needs a reason", async () => {
  await sluice.publish("shop", "5.0.0");
  expect((await sluice.call("POST", `${releases}/5.0.0/withdraw`, { body: { reason: " " } })).body.code).toBe(
    "REASON_REQUIRED",
  );
  const { status, body } = await sluice.call("POST", `${releases}/5.0.0/withdraw`, { body: { reason: "leaks" } });
  expect(status).toBe(200);
  expect(body.withdrawn).toMatchObject({ by: "admin", reason: "leaks" });
  const promoted = await sluice.call("POST", "/api/v1/apps/shop/promotions", {
    body: { version: "5.0.0", stage: "beta" },
  });
  expect(promoted.body).toMatchObject({ status: 409, code: "RELEASE_WITHDRAWN" });
});
