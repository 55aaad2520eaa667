import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { systemPorts } from "../ports/ports.ts";
import type { Supervisor } from "../program/supervisor.ts";
import { confirmHealth } from "./confirm.ts";
import type { HealthCheck } from "./probe.ts";

let server: Server | undefined;

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  server = undefined;
});

async function listen(answer: RequestListener): Promise<HealthCheck> {
  server = createServer(answer);
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  return { http: { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, expect: 200 } };
}

const confirm = (check: HealthCheck, more: { program?: Supervisor; patient?: boolean; timeoutMs?: number } = {}) =>
  confirmHealth({
    ports: systemPorts,
    checks: [check],
    drivers: [],
    program: more.program,
    place: { folder: "/", version: "2.0.0" },
    timeoutMs: more.timeoutMs ?? 400,
    patient: more.patient ?? false,
    signal: new AbortController().signal,
  });

const unhealthy = (why: string) => ({ code: "HEALTH_CHECK_FAILED", message: expect.stringContaining(why) });

test("it waits until the answer is right", async () => {
  let asked = 0;
  await confirm(await listen((_request, response) => response.writeHead(++asked < 4 ? 503 : 200).end()), {
    timeoutMs: 5_000,
  });
  expect(asked).toBe(4);
});

test("a wrong status, no answer and a hanging answer are not health", async () => {
  await expect(confirm(await listen((_q, response) => response.writeHead(500).end()))).rejects.toMatchObject(
    unhealthy("answered 500, not 200"),
  );
  await expect(confirm({ http: { url: "http://127.0.0.1:1/", expect: 200 } })).rejects.toMatchObject(
    unhealthy("does not answer"),
  );
  await expect(confirm(await listen(() => undefined))).rejects.toMatchObject(unhealthy("did not answer"));
});

test("a page without the text that it has to show is not health: a user interface that is blank answers 200 as well", async () => {
  const check = await listen((_q, response) => response.end("<title>My app</title>"));
  const page = (contains: string): HealthCheck => ({
    http: { url: "", expect: 200, ...("http" in check ? check.http : {}), contains },
  });
  await confirm(page("<title>My app"), { timeoutMs: 5_000 });
  await expect(confirm(page("<h1>Welcome"))).rejects.toMatchObject(unhealthy("<h1>Welcome"));
});

test("an answer out of a cache is not health, and none is asked for", async () => {
  let seen: string | undefined;
  const cached = await listen((request, response) => {
    seen = request.headers["cache-control"];
    response.writeHead(200, { age: "30" }).end();
  });
  await expect(confirm(cached)).rejects.toMatchObject(unhealthy("cache"));
  expect(seen).toContain("no-cache");
});

test("a command is healthy when it exits with 0", async () => {
  const command = (script: string): HealthCheck => ({ command: { command: ["/bin/sh", "-c", script] } });
  await confirm(command("exit 0"), { timeoutMs: 5_000 });
  await expect(confirm(command("exit 3"))).rejects.toMatchObject(unhealthy("ended with code 3"));
  await expect(confirm(command("sleep 60"))).rejects.toMatchObject(unhealthy("SIGKILL"));
});

test("somebody else's good answer does not count while the program is dead", async () => {
  const check = await listen((_q, response) => response.end());
  const program = { ended: () => "it ended with code 1", ranMs: () => 0 } as unknown as Supervisor;
  await expect(confirm(check, { program, timeoutMs: 60_000 })).rejects.toMatchObject(unhealthy("code 1"));
  await expect(confirm(check, { program, patient: true })).rejects.toMatchObject(unhealthy("code 1"));
});

test("the program may be asked to have run for a while", async () => {
  const begun = performance.now();
  await confirm({ aliveMs: 150 }, { timeoutMs: 5_000 });
  expect(performance.now() - begun).toBeGreaterThanOrEqual(149);
});
