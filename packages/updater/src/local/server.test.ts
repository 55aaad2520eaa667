import { readFile, stat } from "node:fs/promises";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sayStatus } from "../agent/say.ts";
import { layoutOf } from "../disk/layout.ts";
import { type Board, openBoard } from "../notify/board.ts";
import { follow } from "../notify/follow.ts";
import type { Clock } from "../ports/clock.ts";
import { openLog, silentLog } from "../ports/log.ts";
import { systemPorts } from "../ports/ports.ts";
import { openWorld, type World } from "../testing/world.ts";
import { openUpdater, type Updater } from "../updater.ts";
import { serveLocally } from "./server.ts";

let world: World;
let updater: Updater;
let board: Board;
let local: Awaited<ReturnType<typeof serveLocally>>;
const { signal } = new AbortController();

beforeEach(async () => {
  world = await openWorld();
  updater = await openUpdater(world.options);
  board = openBoard();
  follow(updater, board, "myapp", systemPorts.clock);
  local = await serveLocally({
    updater,
    board,
    layout: layoutOf(world.folder),
    identity: { app: "myapp", channel: "stable" },
    port: 0,
    log: silentLog,
    ports: systemPorts,
    signal,
  });
});

afterEach(async () => {
  await local.close();
  await world.end();
});

async function ask(
  method: string,
  path: string,
  options: { body?: unknown; token?: string; host?: string } = {},
): Promise<{ status: number; body: string; headers: NodeJS.Dict<string | string[]> }> {
  const body = options.body === undefined ? "" : JSON.stringify(options.body);
  return await new Promise((resolve, reject) => {
    const asked = request(
      {
        host: "127.0.0.1",
        port: local.port,
        method,
        path,
        agent: false,
        headers: {
          "content-length": Buffer.byteLength(body),
          ...(options.host === undefined ? {} : { host: options.host }),
          ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
        },
      },
      async (response) =>
        resolve({ status: response.statusCode ?? 0, body: await text(response), headers: response.headers }),
    );
    asked.once("error", reject);
    asked.end(body);
  });
}

const token = () => readFile(layoutOf(world.folder).localToken, "utf8");
const standing = async () =>
  (JSON.parse((await ask("GET", "/api/notifications")).body) as { notifications: { id: string; version: string }[] })
    .notifications;

test("an offer is shown, and installed when the program asks for it with the token", async () => {
  world.release("1.0.0");
  await updater.check();
  const [offer] = await standing();
  expect(offer).toMatchObject({ version: "1.0.0", title: "Update 1.0.0 available" });
  const path = `/api/notifications/${offer?.id}`;

  expect((await ask("POST", path, { body: { action: "install" } })).status).toBe(401);
  expect((await ask("POST", path, { body: { action: "install" }, token: "guess" })).status).toBe(401);
  expect(JSON.parse((await ask("GET", "/api/status")).body)).toMatchObject({ installed: null });
  expect((await stat(layoutOf(world.folder).localToken)).mode & 0o777).toBe(0o600);

  const installed = await ask("POST", path, { body: { action: "install" }, token: await token() });
  expect(JSON.parse(installed.body)).toMatchObject({ result: { kind: "completed", version: "1.0.0" } });
  expect(JSON.parse((await ask("GET", "/api/status")).body)).toMatchObject({ installed: "1.0.0" });
  expect(await standing()).toMatchObject([{ title: "Version 1.0.0 is installed" }]);
  const metrics = (await ask("GET", "/metrics")).body;
  expect(metrics).toContain('update_success_total{app="myapp",version="1.0.0",channel="stable"} 1');
  expect(metrics).toContain('update_duration_seconds_count{app="myapp",version="1.0.0",channel="stable"} 1');
});

test("an offer can be scheduled and dismissed; nonsense is told from it", async () => {
  world.release("1.0.0");
  await updater.check();
  const path = `/api/notifications/${(await standing())[0]?.id}`;
  const act = async (body: unknown) => await ask("POST", path, { body, token: await token() });
  const at = new Date(Date.now() + 3_600_000).toISOString();
  expect(JSON.parse((await act({ action: "schedule", at })).body)).toMatchObject({
    choices: { scheduled: { version: "1.0.0", atMs: Date.parse(at) } },
  });
  for (const body of [{ action: "schedule", at: "2020-01-01T00:00:00Z" }, { action: "fly" }, 7])
    expect(await act(body)).toMatchObject({ status: 400, body: expect.stringContaining("CHOICE_REFUSED") });
  expect(await act({ action: "dismiss" })).toMatchObject({ status: 200 });
  expect(await standing()).toEqual([]);
  expect((await act({ action: "dismiss" })).status).toBe(404);
  expect((await ask("DELETE", path)).status).toBe(404);
  expect((await act({ action: "install", more: "x".repeat(5_000) })).status).toBe(404);
});

test("a page from elsewhere that made its name point here gets nothing", async () => {
  for (const host of ["evil.example", "evil.example:7071", "127.0.0.1.evil.example"])
    expect((await ask("GET", "/api/status", { host })).status).toBe(403);
  expect((await ask("GET", "/", { host: `localhost:${local.port}` })).status).toBe(200);
});

test("what happens is streamed", async () => {
  const response = await fetch(`http://127.0.0.1:${local.port}/api/events`);
  let heard = "";
  const reading = (async () => {
    for await (const chunk of response.body ?? []) heard += Buffer.from(chunk).toString();
  })();
  world.release("1.0.0");
  await updater.update();
  await expect.poll(() => heard, { timeout: 10_000 }).toContain("Version 1.0.0 is installed");
  expect(heard).toMatch(/event: state\ndata: \{"name":"downloading","version":"1\.0\.0"\}/);
  expect(heard).toMatch(/event: progress\ndata: \{"component":"program"/);
  await local.close();
  await reading.catch(() => undefined);
});

test("a port that is taken is said, shows nobody the token, and is used when it is free", async () => {
  await local.close();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as AddressInfo;
  const again = Promise.withResolvers<void>();
  const clock: Clock = {
    ...systemPorts.clock,
    sleep(_, ended) {
      ended?.addEventListener("abort", () => again.resolve());
      return again.promise;
    },
  };
  let said = "";
  const log = openLog({ json: false, now: Date.now, write: (line) => (said += line) });
  const layout = layoutOf(world.folder);
  const identity = { app: "myapp", channel: "stable" };
  // Status tells what an agent says that runs.
  const care = await updater.takeCare();
  try {
    local = await serveLocally({
      updater,
      board,
      layout,
      identity,
      port,
      log,
      ports: { ...systemPorts, clock },
      signal,
    });
    const trouble = `The status page (local.port) cannot be served on 127.0.0.1:${port} (EADDRINUSE)`;
    expect(await updater.status()).toMatchObject({ troubles: [trouble] });
    expect(sayStatus(await updater.status(), true)).toContain(trouble);
    expect(said).toMatch(/ warn .* updates go on, and it is tried again .*local\.port/);
    await expect(token()).rejects.toMatchObject({ code: "ENOENT" });
    await new Promise((resolve) => other.close(resolve));
    again.resolve();
    await expect.poll(async () => (await updater.status()).troubles).toEqual([]);
    expect((await ask("GET", "/api/status")).status).toBe(200);
    expect(await token()).toHaveLength(43);
  } finally {
    await care.end();
  }
});
