import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { httpSchema } from "@sluice/core/analysis/providers/http.ts";
import { afterEach, expect, test } from "vitest";
import type { z } from "zod";
import { systemClock } from "../clock/clock.ts";
import { describeProvider, measured } from "./contract.ts";
import { httpProvider } from "./http.ts";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A web server on a free port of this machine. */
async function serve(answer: Answer): Promise<{ server: Server; url: string; close(): Promise<void> }> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const close = async () => {
    server.closeAllConnections();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  return { server, url: `http://127.0.0.1:${address.port}`, close };
}

const provider = httpProvider({
  clock: systemClock,
  secrets: (name) => (name === "API_TOKEN" ? "s3cret-value" : undefined),
});
const probe = (given: z.input<typeof httpSchema>) => httpSchema.parse(given);
const never = () => new AbortController().signal;

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function site(answer: Answer): Promise<string> {
  const { url, close } = await serve(answer);
  open.push(close);
  return url;
}

const measure = (given: z.input<typeof httpSchema>) => provider.measure(probe(given), measured, never());

describeProvider("http", async () => {
  const hanging = new Set<IncomingMessage>();
  let asked = false;
  const { url, close } = await serve((request, response) => {
    if (request.url === "/hangs") {
      asked = true;
      hanging.add(request);
      request.socket.on("close", () => hanging.delete(request));
    } else if (request.url === "/old") response.setHeader("age", "35").end("ok");
    else response.writeHead(request.url === "/bad" ? 503 : 200).end("ok");
  });
  const gone = await serve(() => {});
  await gone.close();
  return {
    provider,
    pass: probe({ url: `${url}/` }),
    fail: probe({ url: `${url}/bad` }),
    inconclusive: probe({ url: `${url}/old` }),
    gone: probe({ url: gone.url }),
    late: probe({ url: `${url}/hangs`, timeout: "50ms" }),
    hanging: probe({ url: `${url}/hangs`, timeout: "5m" }),
    begun: async () => (asked ? (hanging.size === 0 ? "over" : "running") : "nothing"),
    close,
  };
});

test("a status passes that is named, or whose class is", async () => {
  const url = await site((_, response) => response.writeHead(204).end());
  expect((await measure({ url })).reason).toBe("answered 204, not 200");
  expect((await measure({ url, expect: 204 })).verdict).toBe("pass");
  expect((await measure({ url, expect: [200, "2xx"] })).verdict).toBe("pass");
});

test("the body must contain what is asked for, and its beginning is kept when it does not", async () => {
  const url = await site((_, response) => response.end('{"status":"down"}'));
  expect((await measure({ url, contains: '"status":"down"' })).verdict).toBe("pass");
  expect(await measure({ url, contains: '"status":"up"' })).toMatchObject({
    verdict: "fail",
    reason: 'the body does not contain "\\"status\\":\\"up\\""',
    evidence: { body: '{"status":"down"}' },
  });
});

test("an answer that is slow is a failure, with what it took and what it may take", async () => {
  const url = await site((_, response) => setTimeout(() => response.end("ok"), 60));
  const { verdict, reason, evidence } = await measure({ url, "max-latency": "20ms" });
  expect([verdict, evidence.maxLatencyMs]).toEqual(["fail", 20]);
  expect(evidence.latencyMs).toBeGreaterThanOrEqual(50);
  expect(reason).toBe(`took ${evidence.latencyMs} ms, more than 20 ms`);
});

test("every measurement is a connection of its own, and tells caches to stay out of it", async () => {
  const ports = new Set<number | undefined>();
  const headers: IncomingMessage["headers"][] = [];
  const url = await site((request, response) => {
    ports.add(request.socket.remotePort);
    headers.push(request.headers);
    response.setHeader("cache-control", "max-age=3600").end("ok");
  });
  for (let i = 0; i < 3; i++) await measure({ url });
  expect(ports.size).toBe(3);
  expect(headers[0]).toMatchObject({ "cache-control": "no-cache, no-store", connection: "close" });
});

test("no answer says nothing of the release, unless it is told to", async () => {
  const { url, close } = await serve(() => {});
  await close();
  expect(await measure({ url })).toMatchObject({ verdict: "error", reason: expect.stringContaining("ECONNREFUSED") });
  expect((await measure({ url, "no-answer": "fail" })).verdict).toBe("fail");
});

test("an answer that does not end, or breaks off, is no answer", async () => {
  const chunk = Buffer.alloc(65_536);
  let closed = false;
  const url = await site((request, response) => {
    if (request.url === "/broken") {
      response.writeHead(200, { "content-length": 100 }).write("half");
      setImmediate(() => response.destroy());
      return;
    }
    request.socket.on("close", () => {
      closed = true;
    });
    const pour = () => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on("drain", pour);
    pour();
  });
  expect(await measure({ url })).toMatchObject({
    verdict: "error",
    reason: expect.stringContaining("longer than 1048576 bytes"),
  });
  await expect.poll(() => closed).toBe(true);
  expect((await measure({ url: `${url}/broken` })).verdict).toBe("error");
});

test("a redirect is what was answered, unless it may be followed, and then carries nothing to another server", async () => {
  let seen: IncomingMessage["headers"] = {};
  const other = await site((request, response) => {
    seen = request.headers;
    response.end("ok");
  });
  const url = await site((request, response) =>
    response.writeHead(302, { location: request.url === "/loop" ? "/loop" : other }).end(),
  );
  const headers = { authorization: "Bearer x" };
  expect((await measure({ url, headers })).reason).toBe("answered 302, not 200");
  expect(seen).toEqual({});
  expect((await measure({ url, headers, "follow-redirects": true })).verdict).toBe("pass");
  expect(seen).not.toHaveProperty("authorization");
  expect((await measure({ url: `${url}/loop`, "follow-redirects": true })).reason).toBe("answered 302, not 200");
});

test("a secret is sent and never kept, and one that is missing is named", async () => {
  const url = await site((request, response) => response.writeHead(401).end(request.headers.authorization));
  const found = await measure({ url, headers: { Authorization: `Bearer \${secret:API_TOKEN}` } });
  expect(found.evidence.body).toBe("Bearer ***");
  expect(JSON.stringify(found)).not.toContain("s3cret-value");
  expect(await measure({ url, headers: { authorization: `Bearer \${secret:OTHER}` } })).toMatchObject({
    verdict: "error",
    reason: "the server has no secret OTHER: start it with SLUICE_SECRET_OTHER in its environment",
  });
});

test("the release that is measured can be asked for", async () => {
  let asked: string | undefined;
  const url = await site((request, response) => {
    asked = request.url;
    response.end();
  });
  await measure({ url: `${url}/health?v=\${version}&before=\${previous}&in=\${app}/\${stage}` });
  expect(asked).toBe("/health?v=1.2.3&before=1.2.2&in=myapp/beta");
});
