import type { Clock } from "@sluice/server/clock/clock.ts";

/** The clock of one server: as wrong as it is set, and dead with its server. Timers run on time all the same, as a kernel's do. */
export class NodeClock implements Clock {
  readonly #base: Clock;
  readonly #isAlive: () => boolean;
  readonly #error: () => number;

  /** @param error by how much the clock is wrong now, in ms */
  constructor(base: Clock, isAlive: () => boolean, error: () => number) {
    this.#base = base;
    this.#isAlive = isAlive;
    this.#error = error;
  }

  now(): number {
    return this.#base.now() + this.#error();
  }

  wakeAt(at: number, wake: () => void): () => void {
    return this.#base.wakeAt(at - this.#error(), () => {
      if (this.#isAlive()) wake();
    });
  }
}
