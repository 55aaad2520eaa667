import type { Clock } from "@sluice/server/clock/clock.ts";

interface NodeClockOptions {
  readonly isAlive: () => boolean;
  /** By how much the clock is wrong now, in ms. */
  readonly error: () => number;
  /** Until when the server stands still, by the right clock: then its timers are late. */
  readonly stalledUntil: () => number;
}

/** The clock of one server: as wrong as it is set, and dead with its server. Timers run on time all the same, as a kernel's do. */
export class NodeClock implements Clock {
  readonly #base: Clock;
  readonly #options: NodeClockOptions;

  constructor(base: Clock, options: NodeClockOptions) {
    this.#base = base;
    this.#options = options;
  }

  now(): number {
    return this.#base.now() + this.#options.error();
  }

  wakeAt(at: number, wake: () => void): () => void {
    const { isAlive, error, stalledUntil } = this.#options;
    let cancel = this.#base.wakeAt(at - error(), function late(this: void) {
      if (!isAlive()) return;
      const until = stalledUntil();
      if (until > base.now()) cancel = base.wakeAt(until, late);
      else wake();
    });
    const base = this.#base;
    return () => cancel();
  }
}
