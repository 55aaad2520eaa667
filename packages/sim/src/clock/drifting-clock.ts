import type { Clock } from "@sluice/server/clock/clock.ts";

interface DriftingClockOptions {
  /** How much it gains on the right clock in a ms of that, in ms; negative: it loses. */
  readonly rate: number;
  /** When it was set right last, ms since the epoch. */
  readonly since: number;
}

/** A clock that runs a bit fast or slow, as quartz does that nobody sets right. It never runs backwards. */
export class DriftingClock implements Clock {
  readonly #base: Clock;
  readonly #options: DriftingClockOptions;

  /** @param options the rate lies over -1 */
  constructor(base: Clock, options: DriftingClockOptions) {
    this.#base = base;
    this.#options = options;
  }

  now(): number {
    const { rate, since } = this.#options;
    const now = this.#base.now();
    return now + Math.floor((now - since) * rate);
  }

  wakeAt(at: number, wake: () => void): () => void {
    const { rate, since } = this.#options;
    let cancel = this.#base.wakeAt(since + (at - since) / (1 + rate), () => {
      // Fractions that are rounded off may have made it early by one.
      if (this.now() >= at) wake();
      else cancel = this.#base.wakeAt(this.#base.now() + 1, wake);
    });
    return () => cancel();
  }
}
