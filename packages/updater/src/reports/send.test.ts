import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Layout, layoutOf } from "../disk/layout.ts";
import { openLog } from "../ports/log.ts";
import { systemPorts } from "../ports/ports.ts";
import { type StubServer, startStub } from "../testing/stub-server.ts";
import { type Outbox, openOutbox, type Report, waitingReports } from "./outbox.ts";
import { openSender, type Sender } from "./send.ts";

let layout: Layout;
let stub: StubServer;
let outbox: Outbox;
let sender: Sender;
let logged: string;

const report = (version: string): Report => ({
  headers: { "x-app": "myapp" },
  body: { version, status: "completed", timestamp: "2026-01-01T00:00:00.000Z", details: {} },
});

beforeEach(async () => {
  layout = layoutOf(await mkdtemp(join(tmpdir(), "sluice-outbox-")));
  stub = await startStub();
  logged = "";
  const log = openLog({
    json: false,
    now: () => 0,
    write: (line) => {
      logged += line;
    },
  });
  outbox = await openOutbox(layout, log);
  sender = openSender({ server: stub.url, token: async () => "t0ken", outbox, ports: systemPorts, log });
});

afterEach(async () => {
  await stub.close();
  await rm(layout.folder, { recursive: true, force: true });
});

const answer = (status: number) => {
  stub.intercept = (request, response) => {
    request.resume();
    response.writeHead(status).end();
    return true;
  };
};

test("reports go out in the order in which they were put, once each", async () => {
  for (const version of ["1.0.0", "2.0.0", "10.0.0"]) await outbox.put(`${version}-x`, report(version));
  await outbox.put("2.0.0-x", report("2.0.0"));
  expect(await sender.flush()).toBe(true);
  expect(stub.reports.map(({ version }) => version)).toEqual(["1.0.0", "2.0.0", "10.0.0"]);
  expect(await waitingReports(layout)).toEqual([]);
});

test.each([401, 403, 408, 429, 500, 503, 200])("after %i a report is kept for later", async (status) => {
  await outbox.put("a", report("1.0.0"));
  answer(status);
  expect(await sender.flush()).toBe(false);
  expect(await waitingReports(layout)).toHaveLength(1);
  expect(sender.delay()).toMatchObject({ ms: expect.toSatisfy((ms) => ms > 1_500), asked: false });
  expect(logged).not.toContain("t0ken");
});

test.each([400, 404, 409, 422])(
  "after %i a report is dropped with a line in the log, and the next one is sent",
  async (status) => {
    await outbox.put("a", report("1.0.0"));
    answer(status);
    expect(await sender.flush()).toBe(true);
    expect(await waitingReports(layout)).toEqual([]);
    expect(logged).toContain("refused a report");
  },
);

test("reports survive a server that is not there", async () => {
  await outbox.put("a", report("1.0.0"));
  await stub.close();
  expect(await sender.flush()).toBe(false);
  expect(await waitingReports(layout)).toHaveLength(1);
  stub = await startStub();
});
