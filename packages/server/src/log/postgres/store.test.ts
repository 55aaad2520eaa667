import { emptyHead } from "@sluice/core/log/chain.ts";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { eventStoreContract } from "../contract.ts";
import { eventsAfter, readVerified } from "../sample.ts";
import { startCutter } from "./cutter.ts";
import { openPostgres } from "./open.ts";
import { startTestServer, type TestServer } from "./test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.stop());

const endConnections = (condition: string) =>
  server.run(
    `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'sluice' AND ${condition}`,
  );

describe("the PostgreSQL event store", () => {
  eventStoreContract(async () => {
    const url = await server.newSchema();
    return {
      open: async () => (await openPostgres(url)).events,
      pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      remove: async () => {},
    };
  });

  it("lets many nodes append to one application at a time", async () => {
    const url = await server.newSchema();
    const nodes = await Promise.all(Array.from({ length: 3 }, () => openPostgres(url)));
    await Promise.all(
      nodes.map(async ({ events: store }) => {
        let head: { seq: number; hash: string } = emptyHead;
        for (let done = 0; done < 20; ) {
          const events = eventsAfter(head, 1);
          const result = await store.append("myapp", head.seq, events);
          if (result.ok) done += 1;
          head = result.ok ? (events[0] ?? head) : result.head;
        }
      }),
    );
    for (const { events: store } of nodes) expect((await readVerified(store)).length).toBe(60);
    await Promise.all(nodes.map((node) => node.close()));
  });

  it("finds out what became of an append whose answer was lost", async () => {
    const proxy = await startCutter(await server.newSchema());
    const stores = await openPostgres(proxy.url);
    const [first, second] = eventsAfter(emptyHead, 2);
    proxy.cutAnswers(1);
    expect(await stores.events.append("myapp", 0, first ? [first] : [])).toEqual({ ok: true });
    expect(await readVerified(stores.events)).toEqual([first]);
    proxy.cutAnswers(2);
    await expect(stores.events.append("myapp", 1, second ? [second] : [])).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
      retryable: true,
    });
    expect(proxy.cuts()).toBe(3);
    await stores.close();
    await proxy.stop();
  });

  it("goes on telling of appends after its listening connection broke, also of those it missed", async () => {
    const url = await server.newSchema();
    const [deaf, other] = await Promise.all([openPostgres(url), openPostgres(url)]);
    const heard = vi.fn<(app: string, seq: number) => void>();
    await deaf.events.subscribe(heard);
    const events = eventsAfter(emptyHead, 2);
    await endConnections("query LIKE 'LISTEN%'");
    await other.events.append("myapp", 0, events.slice(0, 1));
    await vi.waitFor(() => expect(heard).toHaveBeenCalledWith("myapp", 1), { timeout: 10_000 });
    await other.events.append("myapp", 1, events.slice(1));
    await vi.waitFor(() => expect(heard).toHaveBeenCalledWith("myapp", 2), { timeout: 10_000 });
    await Promise.all([deaf.close(), other.close()]);
  });

  it("refuses a database that a newer version wrote, and one whose commits do not wait for the disk", async () => {
    const url = await server.newSchema();
    await (await openPostgres(url)).close();
    const schema = /test_\d+/.exec(url)?.[0];
    await server.run(`UPDATE ${schema}.sluice_schema SET version = 99`);
    await expect(openPostgres(url)).rejects.toThrow(/newer version of Sluice \(schema 99/);
    const careless = `${await server.newSchema()}${encodeURIComponent(" -c synchronous_commit=off")}`;
    await expect(openPostgres(careless)).rejects.toThrow(/synchronous_commit = off/);
  });

  it("says that the database cannot be reached, without its password", async () => {
    const failure = await openPostgres("postgres://sluice:s3cret@127.0.0.1:1/sluice").catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "STORE_UNAVAILABLE", retryable: true });
    expect(String(failure)).not.toContain("s3cret");
  });
});
