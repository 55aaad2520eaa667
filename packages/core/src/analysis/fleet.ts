import type { Millis } from "../time/instant.ts";
import type { ClientCounts, Measurements } from "./measurement.ts";

/** How many clients a stage of an application has: those that reported within the horizon. */
export interface StageSize {
  readonly app: string;
  readonly stage: string;
  readonly clients: number;
}

/** A release that clients of a stage have, or may take at any moment. */
export interface ExposedRelease {
  readonly app: string;
  readonly stage: string;
  readonly version: string;
  /** When it was first rolled out to any stage of its application. */
  readonly since: Millis;
  /** How many clients have it or may take it. */
  readonly clients: number;
}

/** All applications together, as of a moment: what budgets over them are held to. */
export interface FleetCounts {
  readonly at: Millis;
  readonly sizes: readonly StageSize[];
  readonly exposed: readonly ExposedRelease[];
  /** Applications of which nobody knows yet what they have exposed: as long as there are any, nothing is known. */
  readonly uncounted: readonly string[];
}

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
