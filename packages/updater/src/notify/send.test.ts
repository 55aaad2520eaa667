import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { SMTPServer } from "smtp-server";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Layout, layoutOf } from "../disk/layout.ts";
import { type Log, silentLog } from "../ports/log.ts";
import { systemPorts } from "../ports/ports.ts";
import { openBoard } from "./board.ts";
import { ended, offered } from "./notification.ts";
import { type Recipients, sendOn } from "./send.ts";

const patience = { timeout: 10_000 };
const now = Date.parse("2026-03-15T10:00:00Z");
const offer = offered(
  "myapp",
  { kind: "update", version: "2.0.0", mandatory: false, summary: "Faster <b>starts</b>" },
  now,
);
const nobody: Recipients = { email: [], mail: undefined, slack: undefined, teams: undefined };

let layout: Layout;
let hooks: Server;
let posted: { path: string; body: string }[];
let status: number;
let ends: (() => void)[];

beforeEach(async () => {
  layout = layoutOf(await mkdtemp(join(tmpdir(), "sluice-notify-")));
  posted = [];
  ends = [];
  status = 200;
  hooks = createServer(async (request, response) => {
    posted.push({ path: request.url ?? "", body: await text(request) });
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => hooks.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  for (const end of ends) end();
  hooks.closeAllConnections();
  await new Promise((resolve) => hooks.close(resolve));
  await rm(layout.folder, { recursive: true, force: true });
});

const hook = (path: string) => `http://127.0.0.1:${(hooks.address() as AddressInfo).port}${path}`;

function open(recipients: Partial<Recipients>, log: Log = silentLog) {
  const board = openBoard();
  const ports = { ...systemPorts, clock: { ...systemPorts.clock, sleep: async () => undefined } };
  const { signal } = new AbortController();
  ends.push(sendOn({ board, recipients: { ...nobody, ...recipients }, machine: "m-17", layout, ports, log, signal }));
  return board;
}

test("Slack and Teams are told in their own forms, and nothing in the text becomes markup", async () => {
  open({ slack: hook("/slack"), teams: hook("/teams") }).put(offer);
  await expect.poll(() => posted.map(({ path }) => path), patience).toEqual(["/slack", "/teams"]);
  expect(JSON.parse(posted[0]?.body ?? "")).toEqual({
    text: "*Update 2.0.0 available on m-17*\nFaster &lt;b&gt;starts&lt;/b&gt;",
  });
  expect(JSON.parse(posted[1]?.body ?? "")).toMatchObject({
    attachments: [{ contentType: "application/vnd.microsoft.card.adaptive", content: { type: "AdaptiveCard" } }],
  });
});

test("news is told once, also by the next process; other news is told", async () => {
  open({ slack: hook("/slack") }).put(offer);
  await expect.poll(() => posted.length, patience).toBe(1);
  const later = open({ slack: hook("/slack") });
  later.put(offer);
  const end = ended("myapp", { kind: "failed", version: "2.0.0", code: "DISK_FULL", reason: "no room" }, now);
  if (end !== undefined) later.put(end);
  await expect.poll(() => posted.length, patience).toBe(2);
  expect(posted[1]?.body).toContain("no room");
});

test("what is not taken is tried a few times, then logged without the address, which is a secret", async () => {
  status = 500;
  const warned: string[] = [];
  const log: Log = { ...silentLog, warn: (message, fields) => warned.push(`${message} ${JSON.stringify(fields)}`) };
  open({ slack: hook("/services/T0/SECRET") }, log).put(offer);
  await expect.poll(() => warned.length, patience).toBe(1);
  expect(posted).toHaveLength(4);
  expect(warned[0]).toMatch(/could not be delivered.*answered 500/);
  expect(warned[0]).not.toContain("SECRET");
});

test("a mail server takes a message of plain text", async () => {
  const mails: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onData: (stream, _session, done) => {
      text(stream).then((mail) => {
        mails.push(mail);
        done();
      }, done);
    },
  });
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  const { port } = server.server.address() as AddressInfo;
  try {
    const mail = { host: "127.0.0.1", port, secure: false, from: "updates@example.com" };
    open({ email: ["ops@example.com", "qa@example.com"], mail }).put(offer);
    await expect.poll(() => mails.length, patience).toBe(1);
    expect(mails[0]).toMatch(/^To: ops@example\.com, qa@example\.com\r$/m);
    expect(mails[0]).toMatch(/^Subject: Update 2\.0\.0 available on m-17\r$/m);
    expect(mails[0]).toMatch(/Content-Type: text\/plain/);
    expect(mails[0]).toContain("Faster <b>starts</b>");
  } finally {
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
});
