import type { ReportStore } from "../telemetry/reports.ts";
import type { EventStore } from "./store.ts";

/** The stores of one database. They share its connections: closing either closes both. */
export interface Stores {
  readonly events: EventStore;
  readonly reports: ReportStore;
  close(): Promise<void>;
}
