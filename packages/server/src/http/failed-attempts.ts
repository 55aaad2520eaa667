import type { Clock } from "../clock/clock.ts";

const windowMs = 60_000;
/** Invalid tokens an address may send in a window before it is told to wait. */
const freeAttempts = 30;
/** Addresses remembered; beyond, the longest known are forgotten. */
const addressesMax = 10_000;

/** Counts invalid tokens by remote address. A valid token is never held up by it. */
export class FailedAttempts {
  readonly #clock: Clock;
  readonly #byAddress = new Map<string, { count: number; endsAt: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#byAddress.size;
  }

  /** Counts one. @returns how many seconds the address has to wait now: 0, not at all. */
  add(address: string): number {
    const now = this.#clock.now();
    let entry = this.#byAddress.get(address);
    if (entry === undefined || entry.endsAt <= now) {
      entry = { count: 0, endsAt: now + windowMs };
      this.#byAddress.delete(address);
      this.#byAddress.set(address, entry);
      const [oldest] = this.#byAddress.keys();
      if (this.#byAddress.size > addressesMax && oldest !== undefined) this.#byAddress.delete(oldest);
    }
    entry.count++;
    return entry.count > freeAttempts ? Math.ceil((entry.endsAt - now) / 1_000) : 0;
  }
}
