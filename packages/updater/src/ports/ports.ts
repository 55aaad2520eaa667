import { type Clock, systemClock } from "./clock.ts";

/** What the updater takes from its surroundings apart from the disk and processes. */
export interface Ports {
  readonly clock: Clock;
  /** A number from 0 (inclusive) to 1 (exclusive). Used for jitter and names, never for secrets. */
  readonly random: () => number;
}

export const systemPorts: Ports = {
  clock: systemClock,
  random: Math.random,
};
