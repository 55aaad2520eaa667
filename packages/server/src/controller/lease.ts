import type { Clock } from "../clock/clock.ts";
import { controllerLease, type EventStore } from "../log/store.ts";

/** How long a node that has died is waited for, in ms. */
const ttlMs = 10_000;
/** How often the holder renews and the others ask, in ms. */
const renewalMs = 3_000;
/** A holder that could not renew for so long stops by itself, before another may begin. */
const giveUpMs = 8_000;

interface LeadershipOptions {
  readonly events: EventStore;
  readonly clock: Clock;
  /** Who asks. The same name again takes up its own lease at once: a node that alone may use its store keeps its name. */
  readonly holder: string;
  start(): void;
  stop(): Promise<void>;
  /** Told when the store could not be asked. */
  failed(error: unknown): void;
}

/**
 * Lets one node of several lead: `start` is called when this one has the lease, `stop` when it has lost it or does not know.
 */
export class Leadership {
  readonly #options: LeadershipOptions;
  #leads = false;
  #ended = false;
  #renewedAt = 0;
  #cancelTimer: (() => void) | undefined;
  #turn: Promise<void> = Promise.resolve();

  constructor(options: LeadershipOptions) {
    this.#options = options;
  }

  get leads(): boolean {
    return this.#leads;
  }

  /** Asks for the lease, and from then on again and again. Resolves after the first answer. */
  begin(): Promise<void> {
    this.#turn = this.#ask();
    return this.#turn;
  }

  /** Stops leading and gives the lease back, so that another need not wait for its end. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#cancelTimer?.();
    await this.#turn;
    await this.#step(false);
    // Also where it does not know that it has it: the answer came after its end, or was lost.
    await this.#options.events.release(controllerLease, this.#options.holder).catch(this.#options.failed);
  }

  async #ask(): Promise<void> {
    const { events, clock, holder, failed } = this.#options;
    const askedAt = clock.now();
    try {
      const lease = await events.acquire(controllerLease, holder, ttlMs);
      if (lease !== undefined) this.#renewedAt = askedAt;
      await this.#step(lease !== undefined && !this.#ended);
    } catch (error) {
      failed(error);
      if (clock.now() - this.#renewedAt >= giveUpMs) await this.#step(false);
    }
    if (this.#ended) return;
    this.#cancelTimer = clock.wakeAt(clock.now() + renewalMs, () => {
      this.#turn = this.#ask();
    });
  }

  async #step(leads: boolean): Promise<void> {
    if (leads === this.#leads) return;
    this.#leads = leads;
    if (leads) this.#options.start();
    else await this.#options.stop();
  }
}
