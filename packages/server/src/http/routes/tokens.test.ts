import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../test-server.ts";

let sluice: TestServer;
beforeAll(async () => {
  sluice = await startTestServer();
});
afterAll(() => sluice.close());

const create = (body: object) => sluice.call("POST", "/api/v1/tokens", { body });

test("a token is shown once, listed without its secret, and revoked at once and for ever", async () => {
  const made = await create({ name: "ci", role: "publisher", stages: ["dev"], expiresAt: "2999-01-01T00:00:00Z" });
  expect(made).toMatchObject({
    status: 201,
    body: { name: "ci", role: "publisher", token: expect.stringMatching(/^sluice_[\w-]{43}$/) },
  });
  const token = String(made.body.token);
  expect((await sluice.call("GET", "/api/v1/apps", { token })).status).toBe(200);
  const listed = await sluice.call("GET", "/api/v1/tokens");
  expect(listed.body.tokens).toContainEqual(
    expect.objectContaining({ name: "ci", stages: ["dev"], createdBy: "admin" }),
  );
  expect(listed.text).not.toContain(token);
  expect(listed.text).not.toContain("sha256");
  const revoked = await sluice.call("DELETE", "/api/v1/tokens/ci");
  expect(revoked).toMatchObject({ status: 200, body: { name: "ci", revokedAt: expect.any(String) } });
  expect((await sluice.call("GET", "/api/v1/apps", { token })).status).toBe(401);
  expect((await create({ name: "ci", role: "viewer" })).body).toMatchObject({ status: 409, code: "TOKEN_EXISTS" });
});

test("a token is not accepted after its time", async () => {
  const expiresAt = new Date(Date.now() + 1_000).toISOString();
  const token = String((await create({ name: "brief", role: "viewer", expiresAt })).body.token);
  await sluice.until(
    "it has expired",
    async () => (await sluice.call("GET", "/api/v1/apps", { token })).status === 401,
  );
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(expiresAt));
});

test.each([
  ["a role that there is none of", { name: "x", role: "king" }, 400, "REQUEST_INVALID"],
  ["a name that is none", { name: "../x", role: "viewer" }, 400, "REQUEST_INVALID"],
  ["a time in the past", { name: "x", role: "viewer", expiresAt: "2020-01-01T00:00:00Z" }, 400, "REQUEST_INVALID"],
  ["no stage at all", { name: "x", role: "viewer", stages: [] }, 400, "REQUEST_INVALID"],
])("%s is refused", async (_what, body, status, code) => {
  expect((await create(body)).body).toMatchObject({ status, code });
});

test("an unknown token cannot be revoked", async () => {
  expect((await sluice.call("DELETE", "/api/v1/tokens/admn")).body).toMatchObject({
    code: "TOKEN_NOT_FOUND",
    nearest: ["admin"],
  });
});
