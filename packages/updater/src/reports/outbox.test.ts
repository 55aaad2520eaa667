import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type DiskOperation, watchDisk } from "../disk/files.ts";
import { layoutOf } from "../disk/layout.ts";
import { silentLog } from "../ports/log.ts";
import { openOutbox, waitingReports } from "./outbox.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-outbox-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("a report that is there already is not kept twice, but its name is made safe: who kept it may have been killed before", async () => {
  const layout = layoutOf(folder);
  const outbox = await openOutbox(layout, silentLog);
  const report = {
    headers: {},
    body: { version: "1.0.0", status: "completed" as const, timestamp: "2026-01-01T00:00:00.000Z", details: {} },
  };
  await outbox.put("one", report);
  const done: DiskOperation[] = [];
  const end = watchDisk({ before: () => undefined, after: (operation) => done.push(operation) });
  await outbox.put("one", report);
  end();
  expect(done).toEqual([{ kind: "sync", path: layout.outbox }]);
  expect(await waitingReports(layout)).toHaveLength(1);
});
