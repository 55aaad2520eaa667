import { OperationalError } from "@sluice/core/errors/operational-error.ts";
import { createReportStore } from "../../telemetry/memory/store.ts";
import type { Stores } from "../stores.ts";
import type { MemoryDatabase } from "./database.ts";
import { createEventStore } from "./store.ts";

/** Opens a database in memory for one node. Any number of nodes may have it open; it keeps its content when they close. */
export function openMemory(database: MemoryDatabase): Stores {
  let open = true;
  const assertOpen = () => {
    if (!open) throw new OperationalError("STORE_UNAVAILABLE", "the store is closed", { retryable: false });
  };
  const events = createEventStore(database, assertOpen, () => {
    open = false;
  });
  return { events, reports: createReportStore(database, assertOpen), close: () => events.close() };
}
