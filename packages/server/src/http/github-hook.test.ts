import { createHmac } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "./test-server.ts";

const commit = "0d1a26e67d8f5eaf1f6ba5c57fc3c7d91ac0fd1c";
let sluice: TestServer;
let hook: { id: string; secret: string; path: string };
let deliveries = 0;

beforeAll(async () => {
  sluice = await startTestServer();
  const body =
    "apiVersion: sluice/v1\napp: shop\nstages:\n  - name: dev\n  - name: prod\n    promote-on: { tag: v* }\n";
  await sluice.call("PUT", "/api/v1/apps/shop/pipeline", { body });
  hook = await makeHook();
});
afterAll(() => sluice.close());

async function makeHook(): Promise<typeof hook> {
  const made = await sluice.call("POST", "/api/v1/apps/shop/hooks/github", { body: { repository: "Octo/Shop" } });
  expect(made).toMatchObject({ status: 201, body: { path: "/api/v1/hooks/github?app=shop" } });
  expect(made.headers.get("cache-control")).toBe("no-store");
  return made.body as typeof hook;
}

/** A push of a tag, as GitHub sends it. */
function tagPush(tag: string, repository = "Octo/Shop", more: object = {}) {
  return {
    ref: `refs/tags/${tag}`,
    before: "0".repeat(40),
    after: commit,
    created: true,
    deleted: false,
    forced: false,
    base_ref: "refs/heads/main",
    commits: [],
    head_commit: { id: commit, message: "fix: the till", timestamp: "2026-11-20T09:00:00+01:00" },
    repository: { id: 1, full_name: repository, private: true, pushed_at: 1_795_000_000 },
    pusher: { name: "ada", email: "ada@example.com" },
    sender: { login: "ada", id: 1, type: "User" },
    ...more,
  };
}

interface Sent {
  readonly secret?: string;
  readonly delivery?: string;
  readonly event?: string;
  readonly signature?: string | null;
  readonly path?: string;
  /** What is sent in place of what was signed. */
  readonly bytes?: string;
}

function send(payload: object | string, sent: Sent = {}) {
  const text = typeof payload === "string" ? payload : JSON.stringify(payload, null, 2);
  const signature = `sha256=${createHmac("sha256", sent.secret ?? hook.secret)
    .update(text)
    .digest("hex")}`;
  return sluice.call("POST", sent.path ?? "/api/v1/hooks/github", {
    token: null,
    body: Buffer.from(sent.bytes ?? text),
    headers: {
      "content-type": "application/json",
      "user-agent": "GitHub-Hookshot/044aadd",
      "x-github-event": sent.event ?? "push",
      "x-github-delivery": sent.delivery ?? `72d3162e-cc78-11e3-81ab-${String(++deliveries).padStart(12, "0")}`,
      "x-github-hook-id": "292430182",
      ...(sent.signature === null ? {} : { "x-hub-signature-256": sent.signature ?? signature }),
    },
  });
}

async function liveInProd(): Promise<unknown> {
  const { body } = await sluice.call("GET", "/api/v1/apps/shop/status");
  const stages = body.stages as { name: string; live: { version: string } | null }[];
  return stages.find(({ name }) => name === "prod")?.live?.version;
}

test("a tag that is pushed promotes the release of its commit, in the name of who pushed it", async () => {
  await sluice.publish("shop", "1.0.0", { commit });
  await sluice.until("1.0.0 waits for its tag", async () => {
    const { body } = await sluice.call("GET", "/api/v1/apps/shop/why/1.0.0/prod");
    return JSON.stringify(body).includes("tag v1.0.0 was not pushed yet") && body.standing === "waiting";
  });
  expect(await send(tagPush("v1.0.0"))).toMatchObject({
    status: 202,
    body: { outcome: "recorded", applications: ["shop"] },
  });
  await sluice.until("1.0.0 is live in prod", async () => (await liveInProd()) === "1.0.0");
  const { body } = await sluice.call("GET", "/api/v1/apps/shop/events?limit=200");
  expect(body.events).toContainEqual(
    expect.objectContaining({
      type: "TagPushed",
      actor: "github:ada",
      data: expect.objectContaining({ tag: "v1.0.0", commit, repository: "octo/shop" }),
    }),
  );
});

test("a delivery is taken once, also by another id, and also after a restart", async () => {
  const payload = tagPush("v1.5.0");
  expect((await send(payload, { delivery: "one" })).body).toMatchObject({ outcome: "recorded" });
  const replayed = { status: 409, body: { code: "DELIVERY_REPLAYED" } };
  expect(await send(payload, { delivery: "one" })).toMatchObject(replayed);
  expect(await send(tagPush("v1.6.0"), { delivery: "one" })).toMatchObject(replayed);
  expect(await send(payload, { delivery: "two" })).toMatchObject(replayed);
  await sluice.restart();
  expect(await send(payload, { delivery: "one" })).toMatchObject(replayed);
  expect(await send(payload, { delivery: "three" })).toMatchObject(replayed);
});

test("what is not signed with the hook's secret is refused and changes nothing", async () => {
  const before = (await sluice.call("GET", "/api/v1/apps")).body;
  const payload = tagPush("v2.0.0");
  const text = JSON.stringify(payload);
  const refused = { status: 401, body: { code: "UNAUTHENTICATED" } };
  expect(await send(payload, { secret: "guess" })).toMatchObject(refused);
  expect(await send(payload, { signature: null })).toMatchObject(refused);
  expect(await send(payload, { signature: "sha1=7d38cdd689735b008b3c702edd92eea23791c5f6" })).toMatchObject(refused);
  expect(await send(text, { bytes: text.replace("v2.0.0", "v3.0.0") })).toMatchObject(refused);
  expect(await send(text, { bytes: `${text} ` })).toMatchObject(refused);
  expect((await sluice.call("GET", "/api/v1/apps")).body).toEqual(before);
});

test("a repository that nobody made a hook for is unknown, whatever application is named", async () => {
  const unknown = { status: 404, body: { code: "HOOK_NOT_FOUND" } };
  expect(await send(tagPush("v2.0.0", "octo/other"))).toMatchObject(unknown);
  expect(await send(tagPush("v2.0.0"), { path: "/api/v1/hooks/github?app=other" })).toMatchObject(unknown);
  expect((await send(tagPush("v2.0.0"), { path: hook.path })).status).toBe(202);
});

test("what means nothing here is answered, so that GitHub shows it as delivered", async () => {
  const repository = { full_name: "octo/shop" };
  for (const event of ["ping", "star"])
    expect(await send({ repository }, { event })).toMatchObject({ status: 202, body: { outcome: "ignored" } });
  expect((await send(tagPush("nightly"))).body).toMatchObject({ outcome: "ignored" });
});

test("what is no delivery is refused", async () => {
  expect(await send("{")).toMatchObject({ status: 400, body: { code: "REQUEST_INVALID" } });
  expect(await send({ zen: "x" })).toMatchObject({
    status: 400,
    body: { detail: expect.stringMatching(/repository/) },
  });
  expect(await send(tagPush("v2.0.0"), { delivery: "../x" })).toMatchObject({ status: 400 });
  expect(await send("x".repeat(9 * 1024 * 1024))).toMatchObject({ status: 413, body: { code: "BODY_TOO_LARGE" } });
});

test("a hook's secret is shown once, is nowhere in the log, and only its owner may read it", async () => {
  const { body } = await sluice.call("GET", "/api/v1/apps/shop/hooks");
  expect(body.hooks).toMatchObject([{ id: hook.id, repository: "octo/shop", createdBy: "admin" }]);
  const events = await sluice.call("GET", "/api/v1/apps/shop/events?limit=500");
  expect(JSON.stringify([body, events.body])).not.toContain(hook.secret);
  const file = join(sluice.dataDir, "hooks", "shop", hook.id);
  expect(await readFile(file, "utf8")).toBe(hook.secret);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test("while a secret is replaced both hold, and a removed one no more", async () => {
  const second = await makeHook();
  expect((await send(tagPush("v4.0.0"))).status).toBe(202);
  expect((await send(tagPush("v4.1.0"), { secret: second.secret })).status).toBe(202);
  expect((await sluice.call("DELETE", `/api/v1/apps/shop/hooks/${second.id}`)).status).toBe(200);
  expect((await send(tagPush("v4.2.0"), { secret: second.secret })).status).toBe(401);
  expect(await readdir(join(sluice.dataDir, "hooks", "shop"))).toEqual([hook.id]);
  expect((await sluice.call("DELETE", `/api/v1/apps/shop/hooks/${second.id}`)).body.code).toBe("HOOK_NOT_FOUND");
});

test("who sends many wrong signatures is told to wait, and a right one is still taken", async () => {
  const statuses: number[] = [];
  for (let i = 0; i < 40; i++) statuses.push((await send(tagPush("v5.0.0"), { secret: `guess ${i}` })).status);
  expect(statuses.at(-1)).toBe(429);
  expect((await send(tagPush("v5.0.0"))).status).toBe(202);
});
