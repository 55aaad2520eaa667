import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Stores } from "../log/stores.ts";
import { detailsBytesMax } from "./counting.ts";
import type { Report, ReportCounts, ReportStatus, ReportStore } from "./reports.ts";

/** One database to try report stores on. */
export interface ReportSetup {
  /** Opens stores on the database; called again, others on the same database. */
  open(): Promise<Stores>;
  /** Removes the database; every store on it is closed. */
  remove(): Promise<void>;
}

function report(client: string, status: ReportStatus, more: Partial<Report> = {}): Report {
  return { app: "myapp", channel: "stable", clientId: client, version: "1.0.0", status, receivedAt: 1_000, ...more };
}

function counts(
  reached: number,
  healthy: number,
  failed: number,
  rolledBack: number,
  more: Partial<ReportCounts> = {},
) {
  return { app: "myapp", channel: "stable", version: "1.0.0", reached, healthy, failed, rolledBack, ...more };
}

/** What every ReportStore must do. @param setUp makes a fresh, empty database. */
export function reportStoreContract(setUp: () => Promise<ReportSetup>): void {
  let setup: ReportSetup;
  let stores: Stores;
  let store: ReportStore;

  beforeEach(async () => {
    setup = await setUp();
    stores = await setup.open();
    store = stores.reports;
  });
  afterEach(async () => {
    await stores.close();
    await setup.remove();
  });

  it("tells how many clients of each channel have reported since a moment, each once", async () => {
    await store.record([
      report("old", "completed", { receivedAt: 999 }),
      report("a", "in-progress"),
      report("a", "completed", { receivedAt: 2_000 }),
      report("b", "failed"),
      report("b", "completed", { channel: "beta" }),
      report("c", "completed", { app: "other" }),
    ]);
    expect(await store.seen("myapp", 1_000)).toEqual([
      { channel: "beta", clients: 1 },
      { channel: "stable", clients: 2 },
    ]);
    expect(await store.seen("myapp", 3_000)).toEqual([]);
  });

  it("names the clients that have reported on a channel in a stretch of time, each once, page by page", async () => {
    const early = ["a", "b", "c"].map((id) => report(id, "completed", { receivedAt: 1_000 }));
    await store.record([
      ...early,
      report("b", "failed", { receivedAt: 1_500 }),
      report("old", "completed", { receivedAt: 999 }),
      report("late", "completed", { receivedAt: 2_000 }),
      report("beta", "completed", { channel: "beta" }),
      report("other", "completed", { app: "other" }),
    ]);
    const stretch = { since: 1_000, before: 2_000 };
    const first = await store.known("myapp", "stable", { ...stretch, after: "", limit: 2 });
    expect(first).toHaveLength(2);
    const rest = await store.known("myapp", "stable", { ...stretch, after: first[1] ?? "", limit: 2 });
    expect([...first, ...rest]).toEqual(["a", "b", "c"]);
  });

  describe("counts", () => {
    it("counts a client once in each column", async () => {
      await store.record([
        report("a", "in-progress"),
        report("a", "completed"),
        report("b", "in-progress"),
        report("c", "failed"),
        report("d", "rolled-back"),
        report("e", "completed"),
        report("e", "failed"),
        report("e", "rolled-back"),
      ]);
      expect(await store.counts("myapp")).toEqual([counts(5, 1, 3, 2)]);
    });

    it("counts who went back because it was told to as gone back, not as harmed", async () => {
      await store.record([
        report("a", "completed"),
        report("a", "rolled-back", { ordered: true }),
        report("b", "failed"),
        report("b", "rolled-back", { ordered: true }),
        report("c", "rolled-back", { ordered: true }),
        report("c", "rolled-back"),
      ]);
      expect(await store.counts("myapp")).toEqual([counts(3, 1, 2, 3)]);
    });

    it("does not count what was changed by hand, but keeps it for people", async () => {
      await store.record([report("a", "completed"), report("a", "altered"), report("b", "altered")]);
      expect(await store.counts("myapp")).toEqual([counts(1, 1, 0, 0)]);
      expect(await store.recent("myapp", { clientId: "a" }, 1)).toMatchObject([{ status: "altered" }]);
    });

    it("is not changed by repeats", async () => {
      const all = [report("a", "in-progress"), report("a", "completed"), report("b", "failed")];
      await store.record(all);
      await store.record([...all, ...all]);
      await Promise.all(all.map((one) => store.record([{ ...one, receivedAt: 2_000 }])));
      expect(await store.counts("myapp")).toEqual([counts(2, 1, 1, 0)]);
      expect((await store.recent("myapp", {}, 100)).length).toBe(3);
    });

    it("comes out the same in every order: harm is never taken back", async () => {
      const statuses: ReportStatus[] = ["in-progress", "completed", "failed", "rolled-back"];
      const orders = statuses.flatMap((first) =>
        statuses
          .filter((second) => second !== first)
          .map((second) => [first, second, ...statuses.filter((rest) => rest !== first && rest !== second)]),
      );
      for (const [i, order] of orders.entries())
        for (const status of order) await store.record([report(`client-${i}`, status)]);
      expect(await store.counts("myapp")).toEqual([counts(orders.length, 0, orders.length, orders.length)]);
    });

    it("keeps versions, channels and applications apart", async () => {
      await store.record([
        report("a", "completed"),
        report("a", "failed", { version: "2.0.0" }),
        report("a", "completed", { channel: "beta" }),
        report("a", "rolled-back", { app: "other" }),
      ]);
      expect(await store.counts("myapp")).toEqual([
        counts(1, 1, 0, 0, { channel: "beta" }),
        counts(1, 1, 0, 0),
        counts(1, 0, 1, 0, { version: "2.0.0" }),
      ]);
      expect(await store.counts("other")).toEqual([counts(1, 0, 1, 1, { app: "other" })]);
      expect(await store.counts("nobody")).toEqual([]);
    });

    it("counts exactly when many record at once", async () => {
      const clients = Array.from({ length: 200 }, (_, i) => `client-${i}`);
      await Promise.all(
        clients.flatMap((client, i) => [
          store.record([report(client, "in-progress")]),
          store.record([report(client, i % 10 === 0 ? "failed" : "completed")]),
          store.record([report(client, "completed"), report(clients[(i * 7) % 200] ?? client, "in-progress")]),
        ]),
      );
      expect(await store.counts("myapp")).toEqual([counts(200, 180, 20, 0)]);
    });
  });

  it("tells how many clients took a version on since a moment, and how many of them are well", async () => {
    const later = { receivedAt: 2_000 };
    await store.record([
      report("before", "completed"),
      report("before too", "in-progress"),
      report("waited", "deferred"),
      report("before", "failed", later),
      report("before too", "completed", later),
      report("waited", "in-progress", later),
      report("waited", "completed", later),
      report("well", "completed", later),
      report("crashed", "completed", later),
      report("crashed", "failed", later),
      report("busy", "in-progress", later),
      report("altered", "altered", later),
      report("elsewhere", "completed", { ...later, channel: "beta" }),
      report("newer", "completed", { ...later, version: "2.0.0" }),
      report("other", "completed", { ...later, app: "other" }),
    ]);
    expect(await store.newcomers("myapp", "stable", "1.0.0", 2_000)).toEqual({ since: 2_000, clients: 4, healthy: 2 });
    expect(await store.newcomers("myapp", "stable", "1.0.0", 0)).toEqual({ since: 0, clients: 6, healthy: 3 });
    expect(await store.newcomers("myapp", "stable", "3.0.0", 0)).toEqual({ since: 0, clients: 0, healthy: 0 });
  });

  describe("recent", () => {
    it("tells the newest first, whole, filtered and limited", async () => {
      const first = report("a", "in-progress", { receivedAt: 3_000 });
      const second = report("b", "failed", {
        receivedAt: 1_000,
        version: "2.0.0",
        clientTime: "2024-03-15T10:00:00Z",
        details: '{"step":"health","note":"é\\u0000"}',
      });
      const third = report("a", "completed", { receivedAt: 2_000 });
      await store.record([first, second]);
      await store.record([third, report("a", "completed", { app: "other" })]);
      expect(await store.recent("myapp", {}, 10)).toEqual([first, third, second]);
      expect(await store.recent("myapp", {}, 2)).toEqual([first, third]);
      expect(await store.recent("myapp", { clientId: "a" }, 10)).toEqual([first, third]);
      expect(await store.recent("myapp", { version: "2.0.0" }, 10)).toEqual([second]);
      expect(await store.recent("myapp", { version: "2.0.0", clientId: "a" }, 10)).toEqual([]);
    });

    it("tells of two at the same moment the later one first", async () => {
      await store.record([report("a", "in-progress"), report("a", "completed")]);
      expect((await store.recent("myapp", {}, 10)).map(({ status }) => status)).toEqual(["completed", "in-progress"]);
    });
  });

  it("loses nothing: opened again, everything is there, and counting goes on", async () => {
    await store.record([report("a", "completed")]);
    await stores.close();
    stores = await setup.open();
    await stores.reports.record([report("a", "completed"), report("b", "completed")]);
    expect(await stores.reports.counts("myapp")).toEqual([counts(2, 2, 0, 0)]);
    expect((await stores.reports.recent("myapp", {}, 10)).length).toBe(2);
  });

  it("refuses what is too large or cannot be stored, and stores nothing of the call", async () => {
    const tooLarge = report("b", "failed", { details: "x".repeat(detailsBytesMax + 1) });
    await expect(store.record([report("a", "completed"), tooLarge])).rejects.toThrow(RangeError);
    await expect(store.record([report("a", "completed"), report("\0", "failed")])).rejects.toThrow(RangeError);
    expect(await store.counts("myapp")).toEqual([]);
  });

  it("refuses reports after it was closed", async () => {
    await stores.close();
    await expect(store.record([report("a", "completed")])).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  });
}
