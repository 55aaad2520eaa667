import type { Millis } from "@sluice/core/time/instant.ts";

/** The only source of time and timers in the server, so that days can be run in milliseconds. */
export interface Clock {
  now(): Millis;
  /** Calls `wake` once, at or after `at`. @returns a function that cancels it. */
  wakeAt(at: Millis, wake: () => void): () => void;
}

/** Longest delay of a Node timer: 2^31 − 1 ms. */
const longestTimerMs = 2_147_483_647;

export const systemClock: Clock = {
  now: () => Date.now(),
  wakeAt(at, wake) {
    let timer: NodeJS.Timeout;
    const arm = () => {
      const delay = at - Date.now();
      timer = delay > longestTimerMs ? setTimeout(arm, longestTimerMs) : setTimeout(wake, Math.max(0, delay));
    };
    arm();
    return () => clearTimeout(timer);
  },
};
