import type { Clock } from "@sluice/server/clock/clock.ts";

/** A clock that goes slower: leases are renewed every few seconds, of which years of simulated time have too many. */
export class SlowClock implements Clock {
  readonly #clock: Clock;
  readonly #factor: number;

  /** @param factor how many ms of the other clock are one of this */
  constructor(clock: Clock, factor: number) {
    this.#clock = clock;
    this.#factor = factor;
  }

  now(): number {
    return this.#clock.now() / this.#factor;
  }

  wakeAt(at: number, wake: () => void): () => void {
    return this.#clock.wakeAt(at * this.#factor, wake);
  }
}
