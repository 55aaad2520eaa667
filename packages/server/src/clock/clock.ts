import type { Millis } from "@sluice/core/time/instant.ts";
import { SteadyClock } from "./steady.ts";

/** The only source of time and timers in the server, so that days can be run in milliseconds. */
export interface Clock {
  now(): Millis;
  /** Calls `wake` once, at or after `at`. @returns a function that cancels it. */
  wakeAt(at: Millis, wake: () => void): () => void;
}

const steady = new SteadyClock({ wall: () => Date.now(), passed: () => performance.now() });

export const systemClock: Clock = {
  now: () => steady.now(),
  wakeAt: (at, wake) => steady.wakeAt(at, wake),
};
