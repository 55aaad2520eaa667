import type { Offers } from "../rollout/evidence/offers.ts";
import type { FleetCounts } from "./fleet-counts.ts";

/** What the clients of one stage reported of one release: distinct clients, each counted once in a column. */
export interface ClientCounts {
  readonly stage: string;
  readonly version: string;
  /** Clients that took it on, whether or not they have said how it went. */
  readonly reached: number;
  /** Clients whose health on it was confirmed. */
  readonly healthy: number;
  /** Clients that it harmed. */
  readonly failed: number;
  /** Of a release that another is compared with: those that took it on since that one began. */
  readonly newcomers?: Newcomers;
  /** Of a rollout that pays with evidence: which, and its offers. */
  readonly rollout?: { readonly promotion: string; readonly offers: Offers };
  /** Of no release: all applications together, where a budget over them holds. See `fleet.ts`. */
  readonly fleet?: FleetCounts;
}

/** Distinct clients that took a release on since a moment (ms since the epoch), and those of them that are known to be well. */
export interface Newcomers {
  readonly since: number;
  readonly clients: number;
  readonly healthy: number;
}

/** Every count at one moment. A release that is not in the list has been reported by nobody. */
export type Measurements = readonly ClientCounts[];

export function countsOf(measurements: Measurements, stage: string, version: string): ClientCounts {
  return (
    measurements.find((counts) => counts.stage === stage && counts.version === version) ?? {
      stage,
      version,
      reached: 0,
      healthy: 0,
      failed: 0,
    }
  );
}

/** The offers of a rollout that pays with evidence; undefined: not counted. */
export function offersOf(measurements: Measurements | undefined, promotion: string): Offers | undefined {
  return measurements?.find(({ rollout }) => rollout?.promotion === promotion)?.rollout?.offers;
}
