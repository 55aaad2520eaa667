import type { Clock } from "@sluice/server/clock/clock.ts";

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly wake: () => void;
}

/** A clock that stands still until it is moved. Moving it fires every timer on the way, each at its own time. */
export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  readonly #timers = new Set<Timer>();

  /** @param start ms since the epoch */
  constructor(start: number) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  wakeAt(at: number, wake: () => void): () => void {
    const timer = { at, order: this.#order++, wake };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** When the next timer is due, or undefined when there is none. */
  next(): number | undefined {
    return this.#first()?.at;
  }

  /** Moves to `target`, firing what is due on the way in order of time, and letting everything that follows from it finish. */
  async moveTo(target: number): Promise<void> {
    await quiet();
    for (let timer = this.#first(); timer !== undefined && timer.at <= target; timer = this.#first()) {
      this.#timers.delete(timer);
      this.#now = Math.max(this.#now, timer.at);
      timer.wake();
      await quiet();
    }
    this.#now = Math.max(this.#now, target);
  }

  #first(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers)
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order))
        first = timer;
    return first;
  }
}

/** Until no promise is left that could go on by itself: in a simulation all work is promises, and they run before an immediate. */
export function quiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
