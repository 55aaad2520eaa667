import type { Millis } from "../time/instant.ts";

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
