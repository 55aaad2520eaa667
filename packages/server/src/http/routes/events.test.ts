import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pipelineOf, startTestServer, type TestServer } from "../test-server.ts";

let sluice: TestServer;
beforeAll(async () => {
  sluice = await startTestServer();
  await sluice.call("PUT", "/api/v1/apps/shop/pipeline", { body: pipelineOf("shop", { dev: "" }) });
  await sluice.publish("shop", "1.0.0");
  await sluice.until("1.0.0 is published", async () => (await head()) >= 6);
});
afterAll(() => sluice.close());

async function head(): Promise<number> {
  return ((await sluice.call("GET", "/api/v1/apps/shop/events")).body.head as { seq: number }).seq;
}

/** Reads a live stream until it has had so many events, then goes away. @returns their numbers */
async function follow(path: string, count: number, headers: Record<string, string> = {}): Promise<number[]> {
  const going = new AbortController();
  const timer = setTimeout(() => going.abort(), 30_000);
  const response = await fetch(sluice.server.url + path, {
    headers: { authorization: `Bearer ${sluice.adminToken}`, accept: "text/event-stream", ...headers },
    signal: going.signal,
  });
  expect(response.headers.get("content-type")).toContain("text/event-stream");
  const numbers: number[] = [];
  let text = "";
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    text += Buffer.from(chunk).toString();
    const frames = text.split("\n\n");
    text = frames.pop() ?? "";
    for (const frame of frames) {
      const [, id, type, data] = /^id: (\d+)\nevent: (\w+)\ndata: (.*)$/.exec(frame) ?? [];
      if (id === undefined || data === undefined) continue;
      expect(JSON.parse(data)).toMatchObject({ seq: Number(id), type });
      numbers.push(Number(id));
    }
    if (numbers.length >= count) break;
  }
  clearTimeout(timer);
  going.abort();
  return numbers;
}

test("the log is read by pages, each following on from the last", async () => {
  const first = (await sluice.call("GET", "/api/v1/apps/shop/events?limit=2")).body as {
    events: { seq: number; hash: string }[];
  };
  const next = (await sluice.call("GET", "/api/v1/apps/shop/events?after=2&limit=2")).body as {
    events: { prev: string }[];
  };
  expect(first.events.map((event) => event.seq)).toEqual([1, 2]);
  expect(next.events[0]?.prev).toBe(first.events[1]?.hash);
});

test("a live stream brings what was, and what happens while it is read", async () => {
  const before = await head();
  const following = follow("/api/v1/apps/shop/events", before + 1);
  await wait(50);
  await sluice.call("POST", "/api/v1/apps/shop/issues", { body: { version: "1.0.0", title: "Seen live" } });
  expect(await following).toEqual(Array.from({ length: before + 1 }, (_, i) => i + 1));
});

test("a stream goes on after the last event that its reader had", async () => {
  expect(await follow("/api/v1/apps/shop/events", 2, { "last-event-id": "3" })).toEqual(expect.arrayContaining([4, 5]));
  expect((await follow("/api/v1/apps/shop/events?after=4", 1))[0]).toBe(5);
});

test("the server's own log has who was given a token, and no secret", async () => {
  const secret = await sluice.token("viewer", { name: "reader" });
  const { text, body } = await sluice.call("GET", "/api/v1/server/events");
  expect((body.events as { type: string; data: object }[]).at(-1)).toMatchObject({
    type: "TokenCreated",
    data: { name: "reader" },
  });
  expect(text).not.toContain(secret);
  expect(text).not.toContain(sluice.adminToken);
});

test("a log that there is not is not found, and a number that is none is refused", async () => {
  expect((await sluice.call("GET", "/api/v1/apps/shup/events")).body).toMatchObject({
    code: "APP_NOT_FOUND",
    nearest: ["shop"],
  });
  expect((await sluice.call("GET", "/api/v1/apps/shop/events?after=-1")).body).toMatchObject({
    code: "REQUEST_INVALID",
    invalid: [{ at: "query.after" }],
  });
});
