import type { Clock } from "../ports/clock.ts";

/** Waits until what has arrived fits the rate: bytes of one chunk go in. */
export type Pace = (bytes: number, signal?: AbortSignal) => Promise<void>;

/** Shorter waits than this are saved up, ms: timers are not exact, and each costs. */
const leastWaitMs = 20;

/**
 * Holds a download to a rate on average. What is not read waits in the connection, so the server slows down as well.
 * @param bytesPerSecond at least 1
 */
export function openPace(bytesPerSecond: number, clock: Clock): Pace {
  let free = Number.NEGATIVE_INFINITY;
  return async (bytes, signal) => {
    const now = clock.now();
    const cost = (bytes * 1_000) / bytesPerSecond;
    // A clock that was put back must not stop the download for as long.
    const debt = Math.min(Math.max(0, free - now), leastWaitMs);
    free = now + debt + cost;
    const wait = free - now;
    if (wait < leastWaitMs) return;
    await clock.sleep(wait, signal);
    free = Math.min(free, clock.now());
  };
}
