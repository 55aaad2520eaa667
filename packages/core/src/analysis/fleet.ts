import type { Millis } from "../time/instant.ts";
import type { FleetCounts } from "./fleet-counts.ts";
import type { ClientCounts, Measurements } from "./measurement.ts";

/** For how long after its last report a client counts as being there: 30 days, in ms. */
export const fleetHorizonMs = 30 * 86_400_000;

/** Counts that are older than this say nothing any more: 1 min, in ms. */
const staleMs = 60_000;

/** Measurements with what is known of all applications. */
export function withFleet(measurements: Measurements, fleet: FleetCounts): Measurements {
  const entry: ClientCounts = { stage: "", version: "", reached: 0, healthy: 0, failed: 0, fleet };
  return [...measurements.filter((counts) => counts.fleet === undefined), entry];
}

/** What is known of all applications at a moment; undefined: nothing, or only what is out of date. */
export function fleetOf(measurements: Measurements | undefined, now: Millis): FleetCounts | undefined {
  const fleet = measurements?.find((counts) => counts.fleet !== undefined)?.fleet;
  return fleet === undefined || fleet.uncounted.length > 0 || now - fleet.at > staleMs ? undefined : fleet;
}
