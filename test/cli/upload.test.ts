import { createHash, randomBytes } from "node:crypto";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openServedDesk, pipelineText, type ServedDesk } from "./harness.ts";

const mebibyte = 1024 * 1024;

let desk: ServedDesk;
let program: Buffer;
let sha256: string;
beforeEach(async () => {
  desk = await openServedDesk();
  program = randomBytes(3 * mebibyte);
  sha256 = createHash("sha256").update(program).digest("hex");
  await desk.file("app", program);
  await desk.file("sluice.yaml", pipelineText());
  await desk.sluice(["apply", "-f", "sluice.yaml"]);
});
afterEach(() => desk.clear());

const publish = (url: string) => desk.sluice(["publish", "1.0.0", "--component", "app=app", "--url", url]);

/** Passes bytes on to the server, counts those of each connection, and cuts the first `cuts` that have sent `after` bytes. */
async function openCuttingProxy(options: { readonly cuts: number; readonly after: number }) {
  let cuts = 0;
  let passed = 0;
  const { createServer: createTcpServer } = await import("node:net");
  const proxy = createTcpServer((client) => {
    const upstream = connect(desk.server.port, "127.0.0.1");
    let sent = 0;
    client.on("data", (chunk) => {
      sent += chunk.length;
      passed += chunk.length;
      upstream.write(chunk);
      if (sent > options.after && cuts < options.cuts) {
        cuts++;
        upstream.end(() => client.destroy());
      }
    });
    upstream.on("data", (chunk) => client.write(chunk));
    upstream.on("close", () => client.destroy());
    client.on("close", () => upstream.destroy());
    for (const socket of [client, upstream]) socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const { port } = proxy.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, cuts: () => cuts, passed: () => passed, close: () => proxy.close() };
}

it("goes on where an upload broke off, and sends no more than what is missing", async () => {
  const proxy = await openCuttingProxy({ cuts: 1, after: 2 * mebibyte });
  try {
    expect(await publish(proxy.url)).toMatchObject({ code: 0, out: expect.stringMatching(/^Published/) });
    expect(proxy.cuts()).toBe(1);
    expect(proxy.passed()).toBeLessThan(program.length + mebibyte);
    const stored = await fetch(`${desk.server.url}/api/v1/blobs/${sha256}`, {
      headers: { authorization: `Bearer ${desk.server.adminToken}` },
    });
    expect(Buffer.from(await stored.arrayBuffer()).equals(program)).toBe(true);
  } finally {
    proxy.close();
  }
});

it("shows nothing of an upload that was cut, and takes it up in another run", async () => {
  const headers = { authorization: `Bearer ${desk.server.adminToken}`, "content-length": program.length };
  const outgoing = request(`${desk.server.url}/api/v1/blobs/${sha256}`, { method: "PUT", headers });
  outgoing.on("error", () => undefined);
  await new Promise<void>((resolve) => outgoing.write(program.subarray(0, 2 * mebibyte), () => resolve()));
  outgoing.destroy();
  const head = () =>
    fetch(`${desk.server.url}/api/v1/blobs/${sha256}`, {
      method: "HEAD",
      headers: { authorization: headers.authorization },
    });
  await expect
    .poll(async () => Number((await head()).headers.get("upload-offset")), { timeout: 20_000 })
    .toBeGreaterThan(0);
  expect((await head()).status).toBe(404);
  const counting = await openCuttingProxy({ cuts: 0, after: 0 });
  try {
    expect(await publish(counting.url)).toMatchObject({ code: 0 });
    expect(counting.passed()).toBeLessThan(2 * mebibyte + mebibyte / 2);
  } finally {
    counting.close();
  }
});

it("gives up on a server that always breaks off", async () => {
  const heads: string[] = [];
  const broken: Server = createServer((incoming, response) => {
    heads.push(incoming.method ?? "");
    if (incoming.method === "HEAD") response.writeHead(404, { "upload-offset": "0" }).end();
    else incoming.once("data", () => incoming.socket.destroy());
  });
  await new Promise<void>((resolve) => broken.listen(0, "127.0.0.1", resolve));
  const { port } = broken.address() as AddressInfo;
  try {
    const refused = await desk.sluice([
      "publish",
      "1.0.0",
      "--component",
      "app=app",
      "--app",
      "myapp",
      "--url",
      `http://127.0.0.1:${port}`,
    ]);
    expect(refused).toMatchObject({ code: 6, out: "" });
    expect(heads.filter((method) => method === "PUT").length).toBeGreaterThan(1);
  } finally {
    broken.close();
  }
});
