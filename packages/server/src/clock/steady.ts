import type { Millis } from "@sluice/core/time/instant.ts";

/** What a machine tells of the time. */
interface TimeSources {
  /** The clock on the wall, ms since the epoch: people and time servers set it. */
  wall(): Millis;
  /** Ms that passed since any moment: nobody sets it, and it may stand still while the machine sleeps. */
  passed(): number;
}

/** Nobody notices a step forward that is shorter, ms. */
const shortStepMs = 60_000;
/** For how long a longer one has to last until it is believed, ms. */
const doubtMs = 600_000;
/** How often it is looked whether timers have to be set anew, ms. */
const lookMs = 30_000;
/** Longest delay of a Node timer: 2^31 − 1 ms. */
const longestTimerMs = 2_147_483_647;

interface Armed {
  readonly at: Millis;
  readonly wake: () => void;
  timer?: NodeJS.Timeout;
}

/**
 * The machine's clock, which opens nothing early because somebody set it wrong for a while: a step forward of more than a minute
 * is believed when it has lasted ten, and until then time goes on as it did. A step back is followed at once: the log keeps time from
 * running backwards. Timers follow the clock, also where it was set or the machine slept.
 */
export class SteadyClock {
  readonly #sources: TimeSources;
  /** The last reading that was believed. */
  #wall: Millis;
  #passed: number;
  /** When a step forward was first seen, by what passed. */
  #doubtedSince: number | undefined;
  readonly #armed = new Set<Armed>();
  #look: NodeJS.Timeout | undefined;
  /** What timers were set by: the clock and what had passed. */
  #setBy = 0;

  constructor(sources: TimeSources) {
    this.#sources = sources;
    this.#wall = sources.wall();
    this.#passed = sources.passed();
  }

  now(): Millis {
    const wall = this.#sources.wall();
    const passed = this.#sources.passed();
    const expected = this.#wall + (passed - this.#passed);
    if (wall - expected > shortStepMs) {
      this.#doubtedSince ??= passed;
      if (passed - this.#doubtedSince < doubtMs) return Math.floor(expected);
    }
    this.#doubtedSince = undefined;
    this.#wall = wall;
    this.#passed = passed;
    return wall;
  }

  wakeAt(at: Millis, wake: () => void): () => void {
    const armed: Armed = { at, wake };
    this.#armed.add(armed);
    this.#arm(armed);
    this.#watch();
    return () => this.#disarm(armed);
  }

  #arm(armed: Armed): void {
    clearTimeout(armed.timer);
    const delay = armed.at - this.now();
    armed.timer =
      delay > longestTimerMs
        ? setTimeout(() => this.#arm(armed), longestTimerMs)
        : setTimeout(
            () => {
              this.#disarm(armed);
              armed.wake();
            },
            Math.max(0, delay),
          );
  }

  #disarm(armed: Armed): void {
    clearTimeout(armed.timer);
    this.#armed.delete(armed);
    if (this.#armed.size > 0) return;
    clearInterval(this.#look);
    this.#look = undefined;
  }

  /** One look for all timers: where the clock has not gone on as what passed has, they are set anew. */
  #watch(): void {
    if (this.#look !== undefined) return;
    this.#setBy = this.now() - this.#sources.passed();
    this.#look = setInterval(() => {
      const offset = this.now() - this.#sources.passed();
      if (Math.abs(offset - this.#setBy) < 1_000) return;
      this.#setBy = offset;
      for (const armed of this.#armed) this.#arm(armed);
    }, lookMs).unref();
  }
}
