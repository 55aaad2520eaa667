import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "vitest";
import type { Clock } from "../../clock/clock.ts";
import { eventStoreContract } from "../contract.ts";
import { openSqlite } from "./open.ts";

describe("the SQLite event store", () => {
  eventStoreContract(
    async () => {
      const folder = await mkdtemp(join(tmpdir(), "sluice-log-"));
      let now = 1_700_000_000_000;
      const clock: Clock = { now: () => now, wakeAt: () => () => {} };
      return {
        open: async () => (await openSqlite(join(folder, "sluice.db"), clock)).events,
        pass: async (ms) => {
          now += ms;
        },
        remove: () => rm(folder, { recursive: true }),
      };
    },
    { aloneBecause: "one process at a time has a SQLite database open, and tells itself of its own appends" },
  );
});
