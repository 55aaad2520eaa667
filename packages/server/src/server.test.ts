import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { pipelineOf, sha256Of, startTestServer } from "./http/test-server.ts";
import { createLogger } from "./logger.ts";
import { startServer } from "./server.ts";

const logger = createLogger({ level: "silent" });
let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "sluice-server-"));
});
afterEach(() => rm(dataDir, { recursive: true }));

test("the first start makes an admin token, for its owner alone, and the log knows only its digest", async () => {
  const sluice = await startTestServer({ dataDir });
  const path = join(dataDir, "admin.token");
  const token = (await readFile(path, "utf8")).trim();
  expect(token).toBe(sluice.adminToken);
  expect(token).toMatch(/^sluice_[\w-]{43}$/);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const { body } = await sluice.call("GET", "/api/v1/server/events");
  expect(body.events).toEqual([
    expect.objectContaining({ type: "TokenCreated", data: { name: "admin", role: "admin", sha256: sha256Of(token) } }),
  ]);
  await sluice.close();
});

test("a restart keeps the state and the tokens", async () => {
  const sluice = await startTestServer({ dataDir });
  await sluice.call("PUT", "/api/v1/apps/shop/pipeline", { body: pipelineOf("shop", { dev: "" }) });
  await sluice.publish("shop", "1.0.0");
  await sluice.until("1.0.0 is live", async () => {
    const { body } = await sluice.call("GET", "/api/v1/apps");
    return (body.apps as { live: Record<string, string> }[])[0]?.live.dev === "1.0.0";
  });
  await sluice.restart();
  expect(sluice.server.adminToken).toBeUndefined();
  expect((await sluice.call("GET", "/api/v1/apps/shop/releases")).body).toMatchObject({
    releases: [{ version: "1.0.0", stages: { dev: "live" } }],
  });
  expect((await sluice.check({ "x-app": "shop", "x-channel": "dev" })).body).toMatchObject({ version: "1.0.0" });
  await sluice.close();
});

test("a second server on the same folder is refused, and told who has it", async () => {
  const first = await startServer({ dataDir, port: 0, logger });
  await expect(startServer({ dataDir, port: 0, logger })).rejects.toMatchObject({
    code: "DATA_FOLDER_IN_USE",
    message: expect.stringContaining(`process ${process.pid}`),
  });
  await first.close();
  const third = await startServer({ dataDir, port: 0, logger });
  await third.close();
});

test("a start that fails leaves nothing running and nothing locked", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  await expect(startServer({ dataDir, port, logger })).rejects.toMatchObject({ code: "EADDRINUSE" });
  other.close();
  const server = await startServer({ dataDir, port: 0, logger });
  await server.close();
});

test("a database address that is none is refused without being shown", async () => {
  const start = startServer({ dataDir, port: 0, logger, databaseUrl: "mysql://root:s3cret@localhost" });
  await expect(start).rejects.toMatchObject({
    code: "STORE_UNAVAILABLE",
    message: expect.not.stringContaining("s3cret"),
  });
});

test("closing finishes what was begun, is not ready meanwhile, and ends the streams", async () => {
  const sluice = await startTestServer({ dataDir });
  const { port } = sluice.server;
  const content = "what is being uploaded";
  const upload = connect(port, "127.0.0.1");
  let received = "";
  upload.on("data", (chunk) => {
    received += chunk.toString();
  });
  upload.write(
    `PUT /api/v1/blobs/${sha256Of(content)} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${sluice.adminToken}\r\n` +
      `Content-Length: ${content.length}\r\n\r\n${content.slice(0, 5)}`,
  );
  const stream = await fetch(`${sluice.server.url}/api/v1/server/events`, {
    headers: { authorization: `Bearer ${sluice.adminToken}`, accept: "text/event-stream" },
  });
  await sluice.until("the upload has begun", async () => {
    const { headers } = await sluice.call("HEAD", `/api/v1/blobs/${sha256Of(content)}`);
    return headers.get("upload-offset") === "5";
  });
  const closing = sluice.close();
  expect(await stream.text()).toContain("TokenCreated");
  await expect(fetch(`${sluice.server.url}/health/live`)).rejects.toThrow();
  upload.write(`${content.slice(5)}GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n`);
  await once(upload, "close");
  await closing;
  expect(received).toMatch(/^HTTP\/1\.1 201 .*}HTTP\/1\.1 503 .*"not-ready".*is shutting down/s);
});

test("after a kill at any moment it starts again without repair, and nothing that was acknowledged is lost", async () => {
  let adminToken = "";
  const published: string[] = [];
  for (let round = 0; round < 4; round++) {
    const child = fork(join(import.meta.dirname, "server-to-kill.ts"), [dataDir], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const [started] = (await once(child, "message")) as [{ url: string; adminToken?: string }];
    adminToken ||= started.adminToken ?? "";
    const send = (method: string, path: string, type: string, body: string) =>
      fetch(started.url + path, {
        method,
        body,
        headers: { authorization: `Bearer ${adminToken}`, "content-type": type },
      });
    await send("PUT", "/api/v1/apps/shop/pipeline", "application/yaml", pipelineOf("shop", { dev: "", beta: "" }));
    const content = "the content";
    await send("PUT", `/api/v1/blobs/${sha256Of(content)}`, "application/octet-stream", content);
    const component = { name: "program", kind: "file", sha256: sha256Of(content), size: content.length };
    const killed = once(child, "exit");
    const publishing = Array.from({ length: 30 }, async (_, i) => {
      const version = `${round}.0.${i}`;
      const body = JSON.stringify({ version, components: [component] });
      const answer = await send("POST", "/api/v1/apps/shop/releases", "application/json", body).catch(() => undefined);
      if (answer?.status === 201) published.push(version);
      if (published.length % 30 === 10 + round * 5) child.kill("SIGKILL");
    });
    await Promise.all(publishing);
    child.kill("SIGKILL");
    await killed;
  }
  const sluice = await startTestServer({ dataDir });
  const headers = { authorization: `Bearer ${adminToken}` };
  const list = await sluice.call("GET", "/api/v1/apps/shop/releases?limit=500", { token: null, headers });
  const versions = (list.body.releases as { version: string }[]).map((release) => release.version);
  expect(published.length).toBeGreaterThan(20);
  expect(versions).toEqual(expect.arrayContaining(published));
  await sluice.until("the controller leads again, and the newest is live everywhere", async () => {
    const { body } = await sluice.call("GET", "/api/v1/apps", { token: null, headers });
    const [app] = body.apps as { live: Record<string, string> }[];
    return app?.live.dev === versions[0] && app?.live.beta === versions[0];
  });
  await sluice.close();
});
