import { newestFirst } from "@sluice/core/release/version.ts";
import { Counter, Histogram, type Registry } from "prom-client";
import type { ControlPlane } from "../control-plane/control-plane.ts";

/** Newest versions of an application that have series of their own; with all of them the answer would grow for ever. */
const versionsMax = 20;
const labelNames = ["app", "version", "channel"] as const;
type Labels = Record<(typeof labelNames)[number], string>;

/** What clients report of updates, under the names that the contract fixes. */
export interface UpdateMetrics {
  /** Notes how long a client needed for an update. @param seconds from its own report */
  observeDuration(labels: Labels, seconds: number): void;
  /** Reads the counts anew; called before the metrics are shown. */
  refresh(): Promise<void>;
}

export function registerUpdateMetrics(registry: Registry, plane: ControlPlane): UpdateMetrics {
  const counter = (name: string, help: string) => new Counter({ name, help, labelNames, registers: [registry] });
  const attempts = counter("update_attempts_total", "Clients that began an update to the version");
  const success = counter(
    "update_success_total",
    "Clients whose health on the version was confirmed and that have not failed on it since",
  );
  const rollbacks = counter("update_rollbacks_total", "Clients that went back from the version");
  const duration = new Histogram({
    name: "update_duration_seconds",
    help: "How long clients needed for an update, as they say themselves",
    labelNames,
    buckets: [1, 5, 15, 30, 60, 120, 300, 900, 3_600],
    registers: [registry],
  });
  const observed = new Map<string, Labels>();

  async function refresh(): Promise<void> {
    const counts = await Promise.all(plane.apps().map((app) => plane.reports.counts(app)));
    for (const metric of [attempts, success, rollbacks]) metric.reset();
    for (const { app, version, channel, reached, healthy, rolledBack } of counts.flat()) {
      if (!hasSeries(plane, app, version)) continue;
      attempts.inc({ app, version, channel }, reached);
      success.inc({ app, version, channel }, healthy);
      rollbacks.inc({ app, version, channel }, rolledBack);
    }
    for (const [key, labels] of observed)
      if (!hasSeries(plane, labels.app, labels.version)) {
        observed.delete(key);
        duration.remove(labels);
      }
  }

  return {
    refresh,
    observeDuration(labels, seconds) {
      if (!hasSeries(plane, labels.app, labels.version)) return;
      observed.set(JSON.stringify(labels), labels);
      duration.observe(labels, seconds);
    },
  };
}

/** The newest versions of each state of the releases, which change seldom and are looked at often. */
const newestOf = new WeakMap<object, ReadonlySet<string>>();

function hasSeries(plane: ControlPlane, app: string, version: string): boolean {
  const releases = plane.state(app)?.releases;
  if (releases === undefined) return false;
  let newest = newestOf.get(releases);
  if (newest === undefined) {
    newest = new Set(releases.keySeq().toArray().sort(newestFirst).slice(0, versionsMax));
    newestOf.set(releases, newest);
  }
  return newest.has(version);
}
