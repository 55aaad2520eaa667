import { Calendar } from "./calendar.ts";

/** What becomes of a client that is under a share, told with the tick at which it does. */
interface Fate {
  install(client: number, tick: number): void;
  crash(client: number, tick: number): void;
}

/** Clients that are let in by a share: from when they are offered the release until they poll, and until some of them crash. */
export class ExposedByShare {
  readonly #installs: Calendar;
  readonly #crashes: Calendar;
  readonly #onset: number;
  readonly #fate: Fate;
  /** How many have not polled yet. */
  waiting = 0;
  /** Client → the tick at which it will crash. */
  readonly #crashAt = new Map<number, number>();

  constructor(clients: number, period: number, onset: number, fate: Fate) {
    this.#installs = new Calendar(clients, period + 1);
    this.#crashes = new Calendar(clients, onset + 1);
    this.#onset = onset;
    this.#fate = fate;
  }

  /** @param pollsAt within one period */
  add(client: number, pollsAt: number): void {
    this.waiting++;
    this.#installs.add(client, pollsAt);
  }

  /** A client that installed just now will crash. */
  crashes(client: number, installedAt: number): void {
    this.#crashAt.set(client, installedAt + this.#onset);
    this.#crashes.add(client, installedAt + this.#onset);
  }

  pass(tick: number): void {
    this.#installs.take(tick, (client) => {
      this.waiting--;
      this.#fate.install(client, tick);
    });
    this.#crashes.take(tick, (client) => this.#crash(client));
  }

  /** Whoever is still to crash, does. */
  finish(): void {
    for (const client of [...this.#crashAt.keys()]) this.#crash(client);
  }

  #crash(client: number): void {
    const tick = this.#crashAt.get(client);
    if (tick === undefined) return;
    this.#crashAt.delete(client);
    this.#fate.crash(client, tick);
  }
}
