import { once } from "node:events";
import { connect } from "node:net";
import { fastify } from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createLogger } from "../logger.ts";
import { answerErrors } from "./errors.ts";
import { endSlowBodies } from "./slow-bodies.ts";
import { pipelineOf, startTestServer, type TestServer } from "./test-server.ts";

let sluice: TestServer;
beforeAll(async () => {
  sluice = await startTestServer();
});
afterAll(() => sluice.close());

/** Sends bytes, and reads until the server closes the connection. */
async function raw(port: number, ...parts: string[]): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk.toString();
  });
  socket.on("error", () => {});
  for (const part of parts) socket.write(part);
  await once(socket, "close");
  return text;
}

test("a body that is too large is refused", async () => {
  const source = pipelineOf("shop", { dev: "" }) + "#".repeat(1024 * 1024);
  const { status, body } = await sluice.call("PUT", "/api/v1/apps/shop/pipeline", { body: source });
  expect(status).toBe(413);
  expect(body.code).toBe("BODY_TOO_LARGE");
});

test.each([
  ["half a character", String.raw`{"version":"1.0.0","title":"\ud83d"}`, 400],
  ["the text of an escape", String.raw`{"version":"1.0.0","title":"\\ud83d"}`, 404],
  ["a whole character", String.raw`{"version":"1.0.0","title":"\ud83d\ude00"}`, 404],
])("a body with %s", async (_, body, status) => {
  const answer = await fetch(`${sluice.server.url}/api/v1/apps/nowhere/issues`, {
    method: "POST",
    headers: { authorization: `Bearer ${sluice.adminToken}`, "content-type": "application/json" },
    body,
  });
  expect(answer.status).toBe(status);
});

test("headers that are too large are refused", async () => {
  const { port } = sluice.server;
  const answer = await raw(port, `GET /health/live HTTP/1.1\r\nHost: x\r\nX-Large: ${"x".repeat(20_000)}\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  expect(answer).toContain('"code":"HEADERS_TOO_LARGE"');
});

test("a name that is too long is refused, and said which", async () => {
  for (const length of [64, 1_000]) {
    const { body } = await sluice.call("GET", `/api/v1/apps/${"x".repeat(length)}/status`);
    expect(body).toMatchObject({ status: 400, code: "REQUEST_INVALID", invalid: [{ at: "address.app" }] });
  }
});

test("what is not HTTP is refused", async () => {
  expect(await raw(sluice.server.port, "HELLO\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 .*"code":"REQUEST_INVALID"/s);
});

test.each<[string, string, string, number, string]>([
  ["{", "application/json", "not JSON", 400, "REQUEST_INVALID"],
  ['{"__proto__": {"a": 1}}', "application/json", "a poisoned prototype", 400, "REQUEST_INVALID"],
  ["<x/>", "application/xml", "another type", 415, "MEDIA_TYPE_UNSUPPORTED"],
])("the body %s is refused as %s", async (text, type, _what, status, code) => {
  const response = await fetch(`${sluice.server.url}/api/v1/tokens`, {
    method: "POST",
    headers: { authorization: `Bearer ${sluice.adminToken}`, "content-type": type },
    body: text,
  });
  expect(await response.json()).toMatchObject({ status, code });
});

test("there is nothing at other addresses, and it is said as a problem", async () => {
  for (const [method, path] of [
    ["GET", "/api/v2"],
    ["DELETE", "/api/v1/apps"],
    ["POST", "/nothing"],
  ] as const) {
    const { body, headers } = await sluice.call(method, path);
    expect(body).toMatchObject({ status: 404, code: "ROUTE_NOT_FOUND" });
    expect(headers.get("content-type")).toContain("application/problem+json");
  }
});

test("a failure that nobody expected shows its id and nothing else, and the log has it", async () => {
  const lines: string[] = [];
  const app = fastify();
  answerErrors(app, createLogger({ level: "error", destination: { write: (line) => void lines.push(line) } }));
  app.get("/", async () => {
    throw new Error("the password is 1234");
  });
  const { body, statusCode } = await app.inject("/");
  expect(statusCode).toBe(500);
  const { id, code } = JSON.parse(body);
  expect(code).toBe("INTERNAL_ERROR");
  expect(body).not.toMatch(/1234|\.ts\b/);
  expect(lines.join()).toContain(id);
  expect(lines.join()).toContain("1234");
  await app.close();
});

test("a body that comes too slowly is given up, with an answer", async () => {
  const app = fastify();
  answerErrors(app, createLogger({ level: "silent" }));
  endSlowBodies(app, { bodyMs: 100, lingerMs: 100 });
  app.post("/", async () => "done");
  await app.listen({ port: 0, host: "127.0.0.1" });
  const { port } = app.server.address() as { port: number };
  const answer = await raw(
    port,
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a":',
  );
  expect(answer).toMatch(/^HTTP\/1\.1 408 .*"code":"REQUEST_TIMEOUT"/s);
  await app.close();
});

test("a client that goes on sending after its answer is cut off", async () => {
  const app = fastify();
  answerErrors(app, createLogger({ level: "silent" }));
  endSlowBodies(app, { bodyMs: 60_000, lingerMs: 100 });
  app.addHook("onRequest", async (_request, reply) => reply.code(401).send("no"));
  app.post("/", async () => "done");
  await app.listen({ port: 0, host: "127.0.0.1" });
  const { port } = app.server.address() as { port: number };
  expect(await raw(port, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nx")).toMatch(/^HTTP\/1\.1 401 /);
  await app.close();
});

test("what is logged has no secret", () => {
  const lines: string[] = [];
  const logger = createLogger({ level: "info", destination: { write: (line) => void lines.push(line) } });
  logger.info(
    { token: "s3cret", request: { authorization: "s3cret" }, req: { headers: { authorization: "s3cret" } } },
    "x",
  );
  expect(lines.join()).not.toContain("s3cret");
});
