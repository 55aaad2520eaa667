import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPostgres } from "../../log/postgres/open.ts";
import { startTestServer, type TestServer } from "../../log/postgres/test-server.ts";
import { attemptStoreContract } from "../attempts-contract.ts";
import { reportStoreContract } from "../contract.ts";
import type { Report } from "../reports.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.stop());

describe("the PostgreSQL report store", () => {
  const setUp = async () => {
    const url = await server.newSchema();
    return { open: () => openPostgres(url), remove: async () => {} };
  };
  reportStoreContract(setUp);
  attemptStoreContract(setUp);

  it("lets two clients in at a ration of two, whichever of many nodes they ask", async () => {
    const url = await server.newSchema();
    const nodes = await Promise.all(Array.from({ length: 3 }, () => openPostgres(url)));
    await nodes[0]?.reports.grant("myapp", "stable-1", { total: 2, byGroup: {}, unseenGroup: 2 });
    const about = { app: "myapp", promotion: "stable-1", groups: ["region=eu"], at: 1, closed: false };
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => nodes[i % 3]?.reports.admit({ ...about, clientId: `client-${i}` })),
    );
    expect(answers.filter(Boolean)).toHaveLength(2);
    await Promise.all(nodes.map((node) => node.close()));
  });

  it("counts exactly, and never deadlocks, when many nodes record the same clients in other orders", async () => {
    const url = await server.newSchema();
    const nodes = await Promise.all(Array.from({ length: 4 }, () => openPostgres(url)));
    const rounds = 5;
    const clients = 1_000;
    for (let round = 0; round < rounds; round++) {
      const completed: Report[] = Array.from({ length: clients }, (_, i) => ({
        app: "myapp",
        channel: i % 2 === 0 ? "beta" : "stable",
        clientId: `client${"!".repeat(i % 3)}-${round}-${i}`,
        version: "1.0.0",
        status: "completed",
        receivedAt: i,
      }));
      const failed: Report[] = completed.map((report) => ({ ...report, status: "failed" }));
      await Promise.all(
        nodes.flatMap(({ reports: store }, node) => {
          const turn = (reports: Report[]) => (node % 2 === 0 ? reports : reports.toReversed());
          return [store.record(turn(completed)), store.record(turn(failed).slice(0, 100))];
        }),
      );
    }
    const counts = await nodes[0]?.reports.counts("myapp");
    // From each end, two nodes recorded the same 100 failures; every other client is on one channel in turn.
    const perChannel = (rounds * clients) / 2;
    const harmed = rounds * 100;
    expect(counts?.map(({ reached, healthy, failed }) => [reached, healthy, failed])).toEqual([
      [perChannel, perChannel - harmed, harmed],
      [perChannel, perChannel - harmed, harmed],
    ]);
    await Promise.all(nodes.map((node) => node.close()));
  });
});
