import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { parsePipeline } from "@sluice/core/pipeline/parse.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../clock/clock.ts";
import { ControlPlane } from "../control-plane/control-plane.ts";
import { createMemoryDatabase } from "../log/memory/database.ts";
import { openMemory } from "../log/memory/open.ts";
import { EventStreams } from "./event-streams.ts";
import { pipelineOf } from "./test-server.ts";

/** More than the buffers of a connection hold. */
const events = 24;
const sourceBytes = 900_000;

let plane: ControlPlane;
let server: Server;
let allowed: boolean;
let responses: ServerResponse[];

beforeEach(async () => {
  plane = await ControlPlane.open({
    clock: systemClock,
    ...openMemory(createMemoryDatabase(systemClock)),
    failed: (_, error) => expect.unreachable(String(error)),
  });
  const streams = new EventStreams(plane, { heartbeatMs: 50, patienceMs: 300 });
  allowed = true;
  responses = [];
  server = createServer((request, response) => {
    responses.push(response);
    void streams.send("shop", Number(request.headers["last-event-id"] ?? 0), response, () => allowed);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await plane.close();
});

async function grow(count: number): Promise<void> {
  const source = pipelineOf("shop", { dev: "" });
  const read = parsePipeline(source);
  if ("problems" in read) throw new Error("the pipeline is not valid");
  for (let i = 0; i < count; i++) {
    const padded = `${source}# ${String(i).repeat(sourceBytes / String(i).length)}\n`;
    await plane.execute("shop", { type: "ApplyPipeline", pipeline: read.pipeline, source: padded }, "test");
  }
}

function open(lastId: number) {
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const closed = once(socket, "close");
  const ids: number[] = [];
  let rest = "";
  socket.on("data", (chunk) => {
    const frames = (rest + chunk.toString("latin1")).split("\n\n");
    // A frame that was cut off has no end, and does not count.
    rest = frames.pop() ?? "";
    for (const frame of frames) {
      const id = /^id: (\d+)$/m.exec(frame)?.[1];
      if (id !== undefined) ids.push(Number(id));
    }
  });
  socket.on("error", () => {});
  socket.write(`GET / HTTP/1.1\r\nHost: x\r\nLast-Event-ID: ${lastId}\r\n\r\n`);
  return { socket, closed, ids };
}

test("a reader that does not read is cut off, and goes on from what it had when it comes again", async () => {
  await grow(events);
  const slow = open(0);
  slow.socket.pause();
  while (responses[0] === undefined) await once(server, "request");
  await once(responses[0], "close");
  slow.socket.resume();
  await slow.closed;
  const had = slow.ids.at(-1) ?? 0;
  expect(had).toBeLessThan(events);
  const again = open(had);
  while (again.ids.at(-1) !== events) await once(again.socket, "data");
  expect(again.ids[0]).toBe(had + 1);
  again.socket.destroy();
});

test("a stream ends when its token may no longer be used", async () => {
  await grow(1);
  const reader = open(0);
  while (reader.ids.length < 1) await once(reader.socket, "data");
  allowed = false;
  await once(responses[0] as ServerResponse, "close");
});
