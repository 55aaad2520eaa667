import { OperationalError } from "@sluice/core/errors/operational-error.ts";
import type { EventStore } from "@sluice/server/log/store.ts";
import type { ReportStore } from "@sluice/server/telemetry/reports.ts";

/** What is broken at the moment. Shared with everything that can break. */
export interface Faults {
  /** The disk refuses writes. */
  diskFull: boolean;
  /** Signing and publishing of feeds fails. */
  publishing: boolean;
  /** What targets do that are asked for something now. */
  target: "none" | "refuses" | "broken" | "loses-answers";
  /** What is wrong with the monitor that releases are measured by. */
  monitor: MonitorFault;
  /** How many faults took effect so far. */
  count: number;
}

/** It answers nothing, has no data, says what it said before, or answers long after. */
export type MonitorFault = "none" | "stopped" | "empty" | "still" | "late";

export function noFaults(): Faults {
  return { diskFull: false, publishing: false, target: "none", monitor: "none", count: 0 };
}

/** An event store whose disk can fill up. */
export function faultyEvents(store: EventStore, faults: Faults): EventStore {
  return {
    ...store,
    async append(...call) {
      failIf(faults.diskFull, faults);
      return store.append(...call);
    },
  };
}

/** A report store whose disk can fill up. */
export function faultyReports(store: ReportStore, faults: Faults): ReportStore {
  return {
    ...store,
    async record(reports) {
      failIf(faults.diskFull, faults);
      return store.record(reports);
    },
    async admit(ask) {
      failIf(faults.diskFull, faults);
      return store.admit(ask);
    },
    async grant(...call) {
      failIf(faults.diskFull, faults);
      return store.grant(...call);
    },
  };
}

export function failIf(broken: boolean, faults: Faults): void {
  if (!broken) return;
  faults.count++;
  throw new OperationalError("DISK_FULL", "the disk is full", { retryable: true });
}
