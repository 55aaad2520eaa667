import type { SealedEvent } from "@sluice/core/log/event.ts";
import type { Clock } from "../../clock/clock.ts";
import type { StoredAttempt } from "../../telemetry/memory/stored-attempt.ts";
import type { Report, ReportCounts } from "../../telemetry/reports.ts";
import type { Said } from "../../telemetry/said.ts";
import { createListeners, type Listeners } from "../listeners.ts";
import type { Lease } from "../store.ts";

/** What outlives the nodes that open it, as a disk would: for simulations and tests. */
export interface MemoryDatabase {
  readonly clock: Clock;
  readonly logs: Map<string, SealedEvent[]>;
  readonly leases: Map<string, Lease>;
  readonly listeners: Listeners;
  /** By application, channel, version and client. */
  readonly said: Map<string, Said>;
  /** By application, channel and version. */
  readonly counts: Map<string, ReportCounts>;
  readonly reports: Report[];
  /** By application and promotion. */
  readonly attempts: Map<string, StoredAttempt>;
}

/** @param clock dates leases. */
export function createMemoryDatabase(clock: Clock): MemoryDatabase {
  return {
    clock,
    logs: new Map(),
    leases: new Map(),
    listeners: createListeners(),
    said: new Map(),
    counts: new Map(),
    reports: [],
    attempts: new Map(),
  };
}
