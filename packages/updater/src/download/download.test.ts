import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Component } from "@sluice/core/release/manifest.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Layout, layoutOf } from "../disk/layout.ts";
import { systemPorts } from "../ports/ports.ts";
import { download, downloadedPath } from "./download.ts";
import type { Pace } from "./pace.ts";

const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));
const sha256 = createHash("sha256").update(content).digest("hex");
const component: Component = { name: "backend", kind: "file", sha256, size: content.length };

let layout: Layout;
let server: Server;
let ranges: (string | undefined)[];
let respond: (request: IncomingMessage, response: ServerResponse, number: number) => void;

/** Answers with what is asked for, from `bytes`. */
function serve(request: IncomingMessage, response: ServerResponse, bytes = content): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  if (from === 0) response.writeHead(200);
  else response.writeHead(206, { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` });
  response.end(bytes.subarray(from));
}

beforeEach(async () => {
  layout = layoutOf(await mkdtemp(join(tmpdir(), "sluice-download-")));
  ranges = [];
  server = createServer((request, response) => {
    ranges.push(request.headers.range);
    respond(request, response, ranges.length);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(layout.folder, { recursive: true, force: true });
});

const start = (options: { stallMs?: number; signal?: AbortSignal; pace?: Pace } = {}) =>
  download(component, {
    layout,
    ports: { ...systemPorts, clock: { ...systemPorts.clock, sleep: async (_ms, signal) => signal?.throwIfAborted() } },
    blobs: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    stallMs: options.stallMs ?? 5_000,
    pace: options.pace,
    onProgress: () => undefined,
    signal: options.signal,
  });

test("a download that is cut off is gone on with where it ended", async () => {
  respond = (request, response, number) => {
    if (number > 1) return serve(request, response);
    response.writeHead(200, { "content-length": content.length });
    response.write(content.subarray(0, 100_000), () => response.destroy());
  };
  await start();
  expect(await readFile(downloadedPath(layout, sha256))).toEqual(content);
  expect(ranges).toEqual([undefined, "bytes=100000-"]);
});

test("a download that stalls is given up and gone on with", async () => {
  respond = (request, response, number) => {
    if (number > 1) return serve(request, response);
    response.writeHead(200, { "content-length": content.length });
    response.write(content.subarray(0, 70_000));
  };
  await start({ stallMs: 200 });
  expect(await readFile(downloadedPath(layout, sha256))).toEqual(content);
  expect(ranges[1]).toBe("bytes=70000-");
});

test("who holds back by itself is not kept waiting by the server", async () => {
  const held = Promise.withResolvers<void>();
  respond = (_request, response) => {
    response.writeHead(200, { "content-length": content.length });
    response.write(content.subarray(0, 70_000));
    void held.promise.then(() => response.end(content.subarray(70_000)));
  };
  let first = true;
  const pace = async () => {
    if (first) await setTimeout(1_500);
    first = false;
    held.resolve();
  };
  await start({ stallMs: 1_000, pace });
  expect(await readFile(downloadedPath(layout, sha256))).toEqual(content);
  expect(ranges).toEqual([undefined]);
});

test("what an earlier process had downloaded is not downloaded again", async () => {
  await mkdir(layout.downloads);
  await writeFile(`${downloadedPath(layout, sha256)}.part`, content.subarray(0, 200_000));
  respond = (request, response) => serve(request, response);
  await start();
  await start();
  expect(ranges).toEqual(["bytes=200000-"]);
});

test("damaged bytes from before are thrown away, and the whole is downloaded once more", async () => {
  await mkdir(layout.downloads);
  await writeFile(`${downloadedPath(layout, sha256)}.part`, Buffer.alloc(200_000));
  respond = (request, response) => serve(request, response);
  await start();
  expect(ranges).toEqual(["bytes=200000-", undefined]);
});

test("a server without ranges is asked for the whole", async () => {
  await mkdir(layout.downloads);
  await writeFile(`${downloadedPath(layout, sha256)}.part`, content.subarray(0, 10));
  respond = (_request, response) => response.end(content);
  await start();
  expect(await readFile(downloadedPath(layout, sha256))).toEqual(content);
});

test("more than the signed size is refused while it streams, and nothing of it kept", async () => {
  respond = (_request, response) => {
    const more = () => response.write(Buffer.alloc(65_536), (error) => error || response.destroyed || more());
    more();
  };
  await expect(start()).rejects.toMatchObject({ code: "ARTIFACT_TOO_LARGE" });
  expect(await readFile(`${downloadedPath(layout, sha256)}.part`)).toHaveLength(0);
});

test("other bytes of the right size are refused after one download, and nothing of them kept", async () => {
  respond = (request, response) => serve(request, response, Buffer.alloc(content.length));
  await expect(start()).rejects.toMatchObject({ code: "ARTIFACT_DIGEST_MISMATCH" });
  expect(await readdir(layout.downloads)).toEqual([]);
  expect(ranges).toHaveLength(1);
});

test("a server that has nothing is given up after a few attempts", async () => {
  respond = (_request, response) => response.writeHead(404).end();
  await expect(start()).rejects.toMatchObject({ code: "DOWNLOAD_FAILED" });
  expect(ranges).toHaveLength(6);
});

test.each([
  ["cannot answer", (response: ServerResponse) => response.writeHead(502).end()],
  ["has too much to do", (response: ServerResponse) => response.writeHead(429).end()],
  ["breaks off", (response: ServerResponse) => response.destroy()],
])("a server that %s is asked more often, and is not one that refuses", async (_what, answer) => {
  respond = (_request, response) => answer(response);
  await expect(start()).rejects.toMatchObject({ code: "SERVER_UNREACHABLE" });
  expect(ranges.length).toBeGreaterThan(8);
});

test("who is asked to come back much later gives up for now", async () => {
  respond = (_request, response) => response.writeHead(503, { "retry-after": "3600" }).end();
  await expect(start()).rejects.toMatchObject({ code: "SERVER_UNREACHABLE", retryAfterMs: 3_600_000 });
  expect(ranges).toHaveLength(1);
});

test("it can be called off", async () => {
  const caller = new AbortController();
  respond = (_request, response) => {
    response.writeHead(200);
    response.write("x");
    caller.abort(new Error("enough"));
  };
  await expect(start({ signal: caller.signal })).rejects.toThrow("enough");
});
