import { appendFileSync } from "node:fs";
import { openJournal } from "../transaction/journal.ts";
import type { JournalRecord } from "../transaction/records.ts";
import { openUpdater } from "../updater.ts";
import { patientRollback, worldOptions } from "./world.ts";

/**
 * A process of its own that updates as any other does, but is killed at a record of its journal: before it is written, after it, or in
 * the midst of it.
 */
export interface KillOrder {
  readonly folder: string;
  readonly url: string;
  readonly port: number;
  /** Counted from 0. */
  readonly record: number;
  readonly when: "before" | "torn" | "after";
}

const order = JSON.parse(process.argv[2] ?? "") as KillOrder;
let written = 0;

const updater = await openUpdater({
  ...worldOptions(order),
  rollback: patientRollback,
  openJournal: async (path, log) => {
    const journal = await openJournal(path, log);
    return {
      ...journal,
      async append(record: JournalRecord) {
        const now = written++ === order.record;
        if (now && order.when === "torn") appendFileSync(path, JSON.stringify(record).slice(0, -4));
        if (now && order.when !== "after") process.kill(process.pid, "SIGKILL");
        await journal.append(record);
        if (now) process.kill(process.pid, "SIGKILL");
      },
    };
  },
});
await updater.update();
// Whoever comes here was not killed: there is no such record.
process.exit(0);
