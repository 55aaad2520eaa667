import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SignJWT } from "jose";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TestIssuer } from "../../oidc/testing/issuer.ts";
import { startTestServer, type TestServer } from "../test-server.ts";

const pipeline = (app: string) => `apiVersion: sluice/v1\napp: ${app}\nstages:\n  - name: dev\n  - name: production\n`;
const main = { repository: "acme/shop", ref: "refs/heads/main" };

let folder: string;
let issuer: TestIssuer;
let sluice: TestServer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-oidc-"));
  issuer = await new TestIssuer().start();
  const rules = [
    {
      when: { ...main, environment: "production" },
      role: "operator",
      apps: ["shop"],
      stages: ["production"],
      expires: "5m",
    },
    { when: { repository: "acme/shop", ref: "refs/heads/*" }, role: "publisher", apps: ["shop"] },
  ];
  const oidcFile = join(folder, "oidc.yaml");
  const issuers = [{ issuer: issuer.url, audience: "https://sluice.example.com", rules }];
  await writeFile(oidcFile, JSON.stringify({ issuers }));
  sluice = await startTestServer({ oidcFile });
  for (const app of ["shop", "bank"]) await sluice.call("PUT", `/api/v1/apps/${app}/pipeline`, { body: pipeline(app) });
});
afterEach(async () => {
  await sluice.close();
  issuer.stop();
  await rm(folder, { recursive: true });
});

const exchange = (token: string) => sluice.call("POST", "/api/v1/identity", { token: null, body: { token } });
const exchanged = async (more: object) =>
  String((await exchange(await issuer.identity({ ...main, ...more }))).body.token);

describe("a build's identity", () => {
  test("is exchanged for a token of its rule, which publishes and then ends", async () => {
    const { status, body, headers } = await exchange(await issuer.identity(main));
    expect(status).toBe(201);
    expect(body).toMatchObject({
      role: "publisher",
      apps: ["shop"],
      name: expect.stringMatching(/^ci-repo-acme-shop-ref-refs-heads-main-/),
    });
    expect(headers.get("cache-control")).toBe("no-store");
    const left = Date.parse(String(body.expiresAt)) - Date.now();
    expect(left).toBeGreaterThan(800_000);
    expect(left).toBeLessThanOrEqual(900_000);
    const component = await sluice.component("one");
    const manifest = { app: "shop", version: "1.0.0", components: [component] };
    const published = await sluice.call("POST", "/api/v1/apps/shop/releases", {
      token: String(body.token),
      body: manifest,
    });
    expect(published.status).toBe(201);
    const { body: log } = await sluice.call("GET", "/api/v1/apps/shop/events");
    expect(JSON.stringify(log)).toContain(`"actor":"${body.name}"`);
  });

  test("gets the first rule that fits, with its stages", async () => {
    const { body } = await exchange(await issuer.identity({ ...main, environment: "production" }));
    expect(body).toMatchObject({ role: "operator", apps: ["shop"], stages: ["production"] });
  });

  test("is for the applications of its rule alone", async () => {
    const token = await exchanged({});
    const at = async (method: string, path: string, body?: object) =>
      (await sluice.call(method, path, { token, ...(body === undefined ? {} : { body }) })).status;
    expect(await at("GET", "/api/v1/apps/shop/status")).toBe(200);
    expect(await at("GET", "/api/v1/apps/bank/status")).toBe(403);
    expect(await at("POST", "/api/v1/apps/bank/releases", {})).toBe(403);
    const { body } = await sluice.call("GET", "/api/v1/apps", { token });
    expect(JSON.stringify(body)).not.toContain("bank");
    const operator = await exchanged({ environment: "production" });
    expect(
      (
        await sluice.call("POST", "/api/v1/apps/bank/stages/production/freeze", {
          token: operator,
          body: { reason: "x" },
        })
      ).status,
    ).toBe(403);
    expect(
      (await sluice.call("POST", "/api/v1/apps/shop/stages/dev/freeze", { token: operator, body: { reason: "x" } }))
        .status,
    ).toBe(403);
    expect(
      (
        await sluice.call("POST", "/api/v1/apps/shop/stages/production/freeze", {
          token: operator,
          body: { reason: "x" },
        })
      ).status,
    ).toBe(200);
  });

  test("works once, also after a restart", async () => {
    const token = await issuer.identity(main);
    expect((await exchange(token)).status).toBe(201);
    expect((await exchange(token)).body.detail).toMatch(/works once/);
    await sluice.restart();
    expect(await exchange(token)).toMatchObject({ status: 401 });
  });

  test("works once, however its signature is written", async () => {
    const token = await issuer.identity(main);
    expect((await exchange(token)).status).toBe(201);
    // An RSA signature of 2048 bits leaves four bits of its last character unused.
    const last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".indexOf(token.at(-1) ?? "");
    const other = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[last ^ 1];
    expect((await exchange(`${token.slice(0, -1)}${other}`)).body.detail).toMatch(/works once/);
    expect((await exchange(`${token} `)).status).toBe(401);
  });

  test.each([
    ["another audience", { aud: "https://other.example.com" }, /its claim aud/],
    ["an end that is over", { exp: Math.floor(Date.now() / 1_000) - 60 }, /expired/],
    ["a beginning that is to come", { nbf: Math.floor(Date.now() / 1_000) + 600 }, /its claim nbf/],
    ["more than an hour behind it", { iat: Math.floor(Date.now() / 1_000) - 7_200 }, /expired|its claim iat/],
    ["no time at which it was made", { iat: undefined }, /its claim iat/],
    ["a repository that no rule names", { repository: "acme/other" }, /no rule .* fits repo:acme/],
    ["a branch that only looks alike", { ref: "refs/tags/refs/heads/main" }, /no rule/],
    ["another issuer", { iss: "https://evil.example.com" }, /its issuer is not one/],
  ])("with %s is refused", async (_, claims, why) => {
    const { status, body } = await exchange(await issuer.identity({ ...main, ...claims }));
    expect(status).toBe(401);
    expect(body.detail).toMatch(why);
  });

  test("that is signed by somebody else, by a shared secret or by nobody is refused", async () => {
    const other = await new TestIssuer().start();
    const forged = await other.identity({ ...main, iss: issuer.url });
    other.stop();
    expect((await exchange(forged)).body.detail).toMatch(/not signed by a key of its issuer/);
    const claims = JSON.parse(Buffer.from(forged.split(".")[1] ?? "", "base64url").toString());
    const shared = await new SignJWT(claims)
      .setProtectedHeader({ alg: "HS256" })
      .sign(new TextEncoder().encode("k".repeat(32)));
    expect((await exchange(shared)).status).toBe(401);
    const none = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${forged.split(".")[1]}.`;
    expect((await exchange(none)).status).toBe(401);
    expect((await exchange("not a token")).body.detail).toMatch(/no identity token/);
  });

  test("is taken by keys that are kept; an issuer that is down or another is said, and asked again", async () => {
    for (let i = 0; i < 3; i++) expect((await exchange(await issuer.identity(main))).status).toBe(201);
    expect(issuer.asked).toBe(1);
    await sluice.restart();
    issuer.down = true;
    expect(await exchange(await issuer.identity(main))).toMatchObject({
      status: 503,
      body: { code: "ISSUER_UNREACHABLE" },
    });
    issuer.down = false;
    issuer.keysDown = true;
    expect(await exchange(await issuer.identity(main))).toMatchObject({
      status: 503,
      body: { code: "ISSUER_UNREACHABLE", detail: expect.stringMatching(/the keys of .* cannot be had/) },
    });
    issuer.keysDown = false;
    issuer.claims = "https://other.example.com";
    expect(await exchange(await issuer.identity(main))).toMatchObject({ status: 503 });
    issuer.claims = undefined;
    expect((await exchange(await issuer.identity(main))).status).toBe(201);
  });

  test("that is wrong again and again has its address wait", async () => {
    let last = 0;
    for (let i = 0; i < 32; i++) last = (await exchange("nonsense")).status;
    expect(last).toBe(429);
  });
});

test("a server without rules takes none, and rules that are wrong keep it from starting", async () => {
  const without = await startTestServer();
  const answer = await without.call("POST", "/api/v1/identity", { token: null, body: { token: "x" } });
  expect(answer).toMatchObject({ status: 401, body: { detail: expect.stringMatching(/--oidc/) } });
  await without.close();
  const oidcFile = join(folder, "wrong.yaml");
  await writeFile(
    oidcFile,
    "issuers: [{ issuer: 'http://ci.example.com', audience: a, rules: [{ when: {}, role: admin, apps: [shop] }] }]",
  );
  await expect(startTestServer({ oidcFile })).rejects.toThrow(
    /issuers\.0\.issuer must be https; .*must name at least one claim.*role/,
  );
});
