import { Counter, Histogram, Registry } from "prom-client";
import type { UpdaterState } from "../events.ts";
import type { Clock } from "../ports/clock.ts";
import type { Updater } from "../updater.ts";

/** Upper bounds of the durations that are told apart, s. */
const buckets = [1, 5, 15, 30, 60, 120, 300, 600, 1_800, 3_600];

/** Counts what one updater does, in Prometheus' text format, each figure with `app`, `version` and `channel`. */
export function countUpdates(
  updater: Updater,
  { app, channel }: { readonly app: string; readonly channel: string },
  clock: Clock,
): Registry {
  const registry = new Registry();
  const labelNames = ["app", "version", "channel"];
  const made = { registers: [registry], labelNames };
  const attempts = new Counter({ ...made, name: "update_attempts_total", help: "Updates that were begun" });
  const successes = new Counter({ ...made, name: "update_success_total", help: "Updates that ended healthy" });
  const rollbacks = new Counter({ ...made, name: "update_rollbacks_total", help: "Versions that were taken back" });
  const duration = new Histogram({ ...made, buckets, name: "update_duration_seconds", help: "From begin to end" });
  let begunAt: number | undefined;
  updater.events.on("state", ({ name }: UpdaterState) => {
    if (name === "downloading" || name === "switching") begunAt ??= clock.now();
    if (name === "idle") begunAt = undefined;
  });
  updater.events.on("ended", (result) => {
    if (result.kind === "none" || result.kind === "held") return;
    const labels = { app, version: result.version, channel };
    attempts.inc(labels);
    if (result.kind === "completed") successes.inc(labels);
    if (result.kind === "rolled-back") rollbacks.inc(labels);
    if (begunAt !== undefined) duration.observe(labels, Math.max(0, clock.now() - begunAt) / 1_000);
  });
  return registry;
}
