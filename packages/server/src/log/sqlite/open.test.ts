import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { emptyHead, type Head } from "@sluice/core/log/chain.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { mountSmallDisk, noSmallDisk } from "../../data-folder/small-disk.ts";
import { eventsAfter, headAfter, readVerified } from "../sample.ts";
import { openSqlite } from "./open.ts";
import { migrate } from "./schema.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-open-"));
  path = join(folder, "sluice.db");
});
afterEach(() => rm(folder, { recursive: true }));

describe("openSqlite", () => {
  it("refuses a database that a newer version wrote, and leaves it as it is", async () => {
    await (await openSqlite(path)).close();
    const db = new DatabaseSync(path);
    db.exec("PRAGMA user_version = 99");
    await expect(openSqlite(path)).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
      retryable: false,
      message: expect.stringContaining(`${path} was written by a newer version of Sluice (schema 99`),
    });
    expect(db.prepare("PRAGMA user_version").get()?.user_version).toBe(99);
    db.close();
  });

  it("refuses what is not a database, and a folder that is not there", async () => {
    await writeFile(path, "these are not the bytes of a database".repeat(200));
    await expect(openSqlite(path)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE", retryable: false });
    const nowhere = join(folder, "missing", "sluice.db");
    await expect(openSqlite(nowhere)).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
      message: expect.stringContaining(nowhere),
    });
  });

  it("waits for the disk at every commit", () => {
    const db = new DatabaseSync(path);
    migrate(db, path);
    expect(db.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
    expect(db.prepare("PRAGMA synchronous").get()).toEqual({ synchronous: 2 });
    db.close();
  });

  it("answers the others of a group when one of them is a bug", async () => {
    const { events: store, reports, close } = await openSqlite(path);
    const unsealed = eventsAfter(emptyHead, 1, "bug").map((event) => ({ ...event, hash: undefined as never }));
    const results = await Promise.allSettled([
      store.append("a", 0, eventsAfter(emptyHead, 2, "a")),
      store.append("bug", 0, unsealed),
      store.append("b", 0, eventsAfter(emptyHead, 2, "b")),
      reports.record([{ app: "a", channel: "c", clientId: "1", version: "1.0.0", status: "completed", receivedAt: 1 }]),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "fulfilled"]);
    expect((await store.heads()).map(({ app, seq }) => [app, seq])).toEqual([
      ["a", 2],
      ["b", 2],
    ]);
    expect((await reports.counts("a")).map(({ healthy }) => healthy)).toEqual([1]);
    await close();
  });

  it("says that another process keeps the database busy, and stores nothing", { timeout: 30_000 }, async () => {
    const { events: store, close } = await openSqlite(path);
    const other = new DatabaseSync(path);
    other.exec("BEGIN IMMEDIATE");
    const failing = [
      store.append("a", 0, eventsAfter(emptyHead, 1, "a")),
      store.append("b", 0, eventsAfter(emptyHead, 1, "b")),
    ];
    for (const result of await Promise.allSettled(failing))
      expect(result).toMatchObject({ status: "rejected", reason: { code: "STORE_UNAVAILABLE", retryable: true } });
    other.exec("ROLLBACK");
    other.close();
    expect(await store.heads()).toEqual([]);
    expect(await store.append("a", 0, eventsAfter(emptyHead, 1, "a"))).toEqual({ ok: true });
    await close();
  });

  it("says that the disk is full, keeps exactly what it acknowledged, and goes on when there is room", async (test) => {
    const disk = mountSmallDisk(512);
    if (!disk) return test.skip(noSmallDisk);
    try {
      const { events: store, close } = await openSqlite(join(disk.folder, "sluice.db"));
      let head: Head = emptyHead;
      let failure: unknown;
      while (failure === undefined) {
        const events = eventsAfter(head, 20);
        const result = await store.append("myapp", head.seq, events).catch((error: unknown) => {
          failure = error;
        });
        if (result?.ok) head = headAfter(events);
      }
      expect(failure).toMatchObject({ code: "DISK_FULL", retryable: true });
      expect((await readVerified(store)).length).toBe(head.seq);
      disk.resize(4_096);
      expect(await store.append("myapp", head.seq, eventsAfter(head, 20))).toEqual({ ok: true });
      expect((await readVerified(store)).length).toBe(head.seq + 20);
      await close();
    } finally {
      disk.remove();
    }
  });
});
