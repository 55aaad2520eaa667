import type { Clock } from "@sluice/server/clock/clock.ts";
import { Timers } from "./timers.ts";

/** A clock that stands still until it is moved. Moving it fires every timer on the way, each at its own time. */
export class VirtualClock implements Clock {
  #now: number;
  readonly #timers = new Timers();

  /** @param start ms since the epoch */
  constructor(start: number) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  /** A clock tells whole milliseconds, whatever fraction of one was asked for: it wakes at the next. */
  wakeAt(at: number, wake: () => void): () => void {
    const timer = this.#timers.add(Math.ceil(at), wake);
    return () => {
      timer.cancelled = true;
    };
  }

  /** Moves to `target`, firing what is due on the way in order of time, and letting everything that follows from it finish. */
  async moveTo(target: number): Promise<void> {
    await quiet();
    for (let timer = this.#timers.first(); timer !== undefined && timer.at <= target; timer = this.#timers.first()) {
      this.#timers.takeFirst();
      this.#now = Math.max(this.#now, timer.at);
      timer.wake();
      await quiet();
    }
    this.#now = Math.max(this.#now, target);
  }
}

/** Until no promise is left that could go on by itself: in a simulation all work is promises, and they run before an immediate. */
export function quiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
