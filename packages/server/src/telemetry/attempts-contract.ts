import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { controllerLease } from "../log/store.ts";
import type { Stores } from "../log/stores.ts";
import type { Ask, AttemptGrant } from "./attempts.ts";
import type { ReportSetup } from "./contract.ts";
import type { Report, ReportStatus } from "./reports.ts";

const key = ["myapp", "stable-1"] as const;

function ask(clientId: string, more: Partial<Ask> = {}): Ask {
  return { app: "myapp", promotion: "stable-1", clientId, groups: [], at: 1_000, closed: false, ...more };
}

function report(clientId: string, status: ReportStatus, more: Partial<Report> = {}): Report {
  const about = { app: "myapp", channel: "stable", version: "1.0.0", promotion: "stable-1" };
  return { ...about, clientId, status, receivedAt: 2_000, ...more };
}

function upTo(total: number, more: Partial<AttemptGrant> = {}): AttemptGrant {
  return { total, byGroup: {}, unseenGroup: 1_000, ...more };
}

/** What every store must do with the clients of promotions. @param setUp makes a fresh, empty database. */
export function attemptStoreContract(setUp: () => Promise<ReportSetup>): void {
  let setup: ReportSetup;
  let stores: Stores;
  let store: Stores["reports"];

  beforeEach(async () => {
    setup = await setUp();
    stores = await setup.open();
    store = stores.reports;
  });
  afterEach(async () => {
    await stores.close();
    await setup.remove();
  });

  const attempt = async () => (await store.attempts("myapp", ["stable-1"]))[0];
  const offers = () => store.offers(...key, { from: 0, limit: 1_000 });

  describe("admission", () => {
    it("lets nobody in before anything is granted", async () => {
      expect(await store.admit(ask("a"))).toBe(false);
      expect((await attempt())?.offered ?? 0).toBe(0);
    });

    it("lets exactly as many in as are granted, also when a hundred ask at once", async () => {
      await store.grant(...key, upTo(2));
      const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => store.admit(ask(`client-${i}`))));
      expect(answers.filter(Boolean)).toHaveLength(2);
      expect(await attempt()).toMatchObject({ offered: 2, revision: 2, grant: upTo(2) });
      await store.grant(...key, upTo(5));
      const more = await Promise.all(Array.from({ length: 100 }, (_, i) => store.admit(ask(`other-${i}`))));
      expect(more.filter(Boolean)).toHaveLength(3);
    });

    it("gives a client the same answer again, and spends nothing", async () => {
      await store.grant(...key, upTo(1));
      expect(await store.admit(ask("a"))).toBe(true);
      expect(await Promise.all([store.admit(ask("a")), store.admit(ask("a", { at: 9_000 }))])).toEqual([true, true]);
      expect(await store.admit(ask("a", { closed: true }))).toBe(true);
      expect(await offers()).toMatchObject([{ no: 0, clientId: "a", offeredAt: 1_000, answered: false }]);
    });

    it("lets nobody new in where it is closed", async () => {
      await store.grant(...key, upTo(1));
      expect(await store.admit(ask("a", { closed: true }))).toBe(false);
      expect((await attempt())?.offered).toBe(0);
    });

    it("notes when a client was last refused, once in a while: somebody waits", async () => {
      await store.grant(...key, upTo(1));
      await store.admit(ask("a", { at: 5_000 }));
      expect((await attempt())?.refusedAt).toBeUndefined();
      for (const at of [10_000, 10_500, 10_999]) await store.admit(ask("b", { at }));
      expect((await attempt())?.refusedAt).toBe(10_000);
      await store.admit(ask("b", { at: 11_000, closed: true }));
      await store.admit(ask("a", { at: 20_000 }));
      expect(await attempt()).toMatchObject({ refusedAt: 11_000, offered: 1 });
    });

    it("lets no stranger in, gives those it knows the same answer again, and notes nothing of their wait", async () => {
      await store.grant(...key, upTo(2));
      await store.admit(ask("a"));
      const before = await attempt();
      expect(await store.admit(ask("a", { stranger: true, at: 9_000 }))).toBe(true);
      expect(await store.admit(ask("b", { stranger: true, at: 9_000 }))).toBe(false);
      expect(await attempt()).toEqual(before);
    });

    it("counts groups apart, and a client needs room in each of its own", async () => {
      await store.grant(...key, upTo(100, { byGroup: { "region=us": 1 }, unseenGroup: 2 }));
      const asked = (name: string, ...groups: string[]) => store.admit(ask(name, { groups }));
      expect(await asked("a", "region=us", "platform=x")).toBe(true);
      expect(await asked("b", "region=us")).toBe(false);
      expect(await asked("c", "region=eu", "platform=x")).toBe(true);
      expect(await asked("d", "region=eu", "platform=x")).toBe(false);
      expect(await asked("d", "region=eu")).toBe(true);
      expect(await asked("e", "region=eu")).toBe(false);
      expect((await attempt())?.offeredByGroup).toEqual({ "region=us": 1, "region=eu": 2, "platform=x": 2 });
    });

    it("keeps applications and promotions apart", async () => {
      await store.grant(...key, upTo(1));
      await store.grant("myapp", "stable-2", upTo(1));
      await store.grant("other", "stable-1", upTo(1));
      const all = [ask("a"), ask("a", { promotion: "stable-2" }), ask("a", { app: "other" })];
      expect(await Promise.all(all.map((one) => store.admit(one)))).toEqual([true, true, true]);
      expect((await store.attempts("myapp", ["stable-1", "stable-2"])).map(({ offered }) => offered)).toEqual([1, 1]);
    });

    it("dies with the lease of whoever granted it", async () => {
      await store.grant(...key, upTo(10, { holder: "node-a" }));
      expect(await store.admit(ask("a", { at: Date.now() }))).toBe(false);
      await stores.events.acquire(controllerLease, "node-a", 60_000);
      expect(await store.admit(ask("a", { at: Date.now() }))).toBe(true);
      await stores.events.release(controllerLease, "node-a");
      await stores.events.acquire(controllerLease, "node-b", 60_000);
      expect(await store.admit(ask("b", { at: Date.now() }))).toBe(false);
      expect(await store.admit(ask("a", { at: Date.now() }))).toBe(true);
    });
  });

  describe("what becomes of an offer", () => {
    it("is kept, whatever the order, and each client counts once", async () => {
      await store.grant(...key, upTo(10));
      for (const name of ["a", "b", "c", "d"]) await store.admit(ask(name));
      await store.record([
        report("a", "in-progress"),
        report("a", "completed"),
        report("b", "failed"),
        report("b", "completed"),
        report("c", "completed"),
        report("c", "failed", { receivedAt: 9_000 }),
        report("c", "failed", { receivedAt: 10_000 }),
        report("a", "completed"),
      ]);
      expect(await offers()).toMatchObject([
        { clientId: "a", answered: true, failed: false },
        { clientId: "b", answered: true, failed: true },
        { clientId: "c", answered: true, failed: false, crashedAt: 9_000 },
        { clientId: "d", answered: false, failed: false },
      ]);
      expect(await attempt()).toMatchObject({ offered: 4, reached: 3, healthy: 1, failed: 2 });
    });

    it("that is given back can be spent again when its client returns", async () => {
      await store.grant(...key, upTo(1));
      await store.admit(ask("a"));
      await store.record([report("a", "deferred")]);
      expect(await offers()).toMatchObject([{ clientId: "a", givenBack: true }]);
      expect(await attempt()).toMatchObject({ reached: 0, offered: 1 });
      expect(await store.admit(ask("a"))).toBe(false);
      await store.grant(...key, upTo(2));
      expect(await store.admit(ask("a", { at: 5_000 }))).toBe(true);
      await store.record([report("a", "deferred")]);
      expect(await store.admit(ask("b"))).toBe(false);
      expect(await offers()).toMatchObject([
        { no: 0, clientId: "a", givenBack: true },
        { no: 1, clientId: "a", givenBack: true, offeredAt: 5_000 },
      ]);
    });

    it("cannot be given back once its client has said how it went", async () => {
      await store.grant(...key, upTo(1));
      await store.admit(ask("a"));
      await store.record([report("a", "failed"), report("a", "deferred")]);
      expect(await offers()).toMatchObject([{ clientId: "a", givenBack: false, failed: true }]);
    });

    it("is not touched by what was changed by hand on a client", async () => {
      await store.grant(...key, upTo(1));
      await store.admit(ask("a"));
      await store.record([report("a", "altered"), report("b", "altered")]);
      expect(await offers()).toMatchObject([{ clientId: "a", answered: false, givenBack: false, failed: false }]);
      expect(await attempt()).toMatchObject({ offered: 1, reached: 0, healthy: 0, failed: 0 });
    });

    it("begins with the report where a client did not have to ask", async () => {
      await store.record([report("a", "in-progress", { groups: ["region=eu"] }), report("b", "failed")]);
      await store.record([report("c", "deferred")]);
      expect(await offers()).toMatchObject([
        { no: 0, clientId: "a", groups: ["region=eu"], answered: false },
        { no: 1, clientId: "b", answered: true, failed: true },
      ]);
      expect(await attempt()).toMatchObject({ offered: 2, reached: 2, failed: 1, offeredByGroup: { "region=eu": 1 } });
    });

    it("begins with no word of a client that it went back as it was told: an earlier rollout of the release was meant", async () => {
      await store.grant(...key, upTo(2));
      await store.record([report("a", "rolled-back", { ordered: true }), report("b", "rolled-back")]);
      expect(await offers()).toMatchObject([{ clientId: "b", answered: true, failed: true }]);
      expect(await store.admit(ask("a"))).toBe(true);
      expect(await attempt()).toMatchObject({ offered: 2, reached: 1, failed: 1 });
    });

    it("is counted in no attempt where nobody knows which", async () => {
      const { promotion: _, ...unknown } = report("a", "completed");
      await store.record([unknown]);
      expect(await attempt()).toBeUndefined();
      expect(await store.counts("myapp")).toMatchObject([{ healthy: 1 }]);
    });

    it("can be followed from a revision on", async () => {
      await store.grant(...key, upTo(10));
      for (const name of ["a", "b", "c"]) await store.admit(ask(name));
      const { revision = 0 } = (await attempt()) ?? {};
      await store.record([report("b", "completed")]);
      await store.admit(ask("d"));
      const changed = await store.offers(...key, { changedAfter: revision });
      expect(changed.map(({ clientId }) => clientId)).toEqual(["b", "d"]);
      expect(await store.offers(...key, { from: 1, limit: 2 })).toMatchObject([{ clientId: "b" }, { clientId: "c" }]);
      expect(await store.offers(...key, { changedAfter: (await attempt())?.revision ?? 0 })).toEqual([]);
      expect(await store.offers(...key, { clientId: "b" })).toMatchObject([{ clientId: "b", no: 1 }]);
      expect(await store.offers(...key, { clientId: "nobody" })).toEqual([]);
      expect(await store.offers("myapp", "stable-2", { clientId: "b" })).toEqual([]);
    });
  });

  it("loses nothing: opened again, everything is there, and nobody is let in twice", async () => {
    await store.grant(...key, upTo(2));
    await store.admit(ask("a"));
    await stores.close();
    stores = await setup.open();
    store = stores.reports;
    expect(await store.admit(ask("a"))).toBe(true);
    expect(await store.admit(ask("b"))).toBe(true);
    expect(await store.admit(ask("c"))).toBe(false);
    expect(await attempt()).toMatchObject({ offered: 2 });
  });

  it("refuses to let anybody in after it was closed", async () => {
    await stores.close();
    await expect(store.admit(ask("a"))).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  });
}
