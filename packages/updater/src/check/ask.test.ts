import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemPorts } from "../ports/ports.ts";
import { openAsking } from "./ask.ts";

let asked: IncomingMessage[];
let respond: (response: ServerResponse, request: IncomingMessage) => void;
let server: ReturnType<typeof createServer>;
let url: string;

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(request);
    respond(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const failure = (text: string) => ({ code: "SERVER_UNREACHABLE", message: expect.stringContaining(text) });

const wrongly: readonly [string, (response: ServerResponse) => void, string][] = [
  ["a web page", (response) => response.end("<!doctype html><h1>Log in</h1>"), "something else than an update server"],
  ["JSON of another kind", (response) => response.end("[]"), "something else than an update server"],
  ["a redirect to elsewhere", (response) => response.writeHead(302, { location: "/elsewhere" }).end(), "with 302"],
  [
    "a problem",
    (response) => response.writeHead(404).end(JSON.stringify({ detail: "There is no such application" })),
    "404: There is no such application",
  ],
  ["an endless answer", endless, "larger than"],
  [
    "half an answer",
    (response) => response.writeHead(200, { "content-length": 99 }).end("{", () => response.destroy()),
    "asked",
  ],
  ["nothing", (response) => response.destroy(), "cannot be asked"],
];

function endless(response: ServerResponse): void {
  const more = () => response.write(" ".repeat(65_536), (error) => error || response.destroyed || more());
  more();
}

test.each(wrongly)("a server that answers with %s has not answered", async (_what, answer, says) => {
  respond = answer;
  await expect(openAsking(url, systemPorts)({})).rejects.toMatchObject(failure(says));
  expect(asked, "and nothing else is asked for").toHaveLength(1);
});

test("a server that does not come to an end is given up in time", async () => {
  respond = (response) => response.writeHead(200).write("{");
  await expect(openAsking(url, systemPorts, undefined, 200)({})).rejects.toMatchObject(failure("no answer in 200 ms"));
});

test("a server that is not there is not reachable", async () => {
  await expect(openAsking("http://127.0.0.1:1/", systemPorts)({})).rejects.toMatchObject(failure("127.0.0.1:1"));
});

test("Retry-After counts with every refusal", async () => {
  for (const status of [429, 500, 503]) {
    respond = (response) => response.writeHead(status, { "retry-after": "120" }).end();
    await expect(openAsking(url, systemPorts)({})).rejects.toMatchObject({ retryAfterMs: 120_000 });
  }
});

test("an answer is remembered by its tag, and its notes are found relative to the server", async () => {
  respond = (response, { headers }) => {
    if (headers["if-none-match"] === '"1"') return void response.writeHead(304, { etag: '"1"' }).end();
    response.setHeader("etag", '"1"');
    response.end(JSON.stringify({ updateAvailable: true, version: "2.0.0", releaseNotes: "/notes/2.0.0" }));
  };
  const ask = openAsking(url, systemPorts);
  const first = await ask({ "x-app": "a" });
  expect(first).toMatchObject({ version: "2.0.0", releaseNotes: `${url}notes/2.0.0` });
  expect(await ask({ "x-app": "a" })).toEqual(first);
  expect(asked[1]?.headers["if-none-match"]).toBe('"1"');
  await ask({ "x-app": "b" });
  expect(asked[2]?.headers["if-none-match"], "another question").toBeUndefined();
});
