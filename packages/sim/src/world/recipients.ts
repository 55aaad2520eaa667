import type { Clock } from "@sluice/server/clock/clock.ts";
import type { News } from "@sluice/server/notifications/news.ts";
import type { Random } from "../fleet/random.ts";
import type { Faults } from "./faults.ts";

/** What reached somebody who is to be told of news. */
interface Told {
  readonly name: string;
  readonly seq: number;
  /** Which life of which server told. */
  readonly life: number;
  /** The server heard that it was taken. */
  readonly heard: boolean;
  /** The log said already that people were told of it. */
  readonly late: boolean;
}

/** Those whom servers tell of news: they are there, or not, or take it and lose their answer. */
export class Recipients {
  readonly told: Told[] = [];
  /** Who could not be told, by name and event: how often it was tried in vain. */
  readonly refused = new Map<string, number>();
  readonly #clock: Clock;
  readonly #faults: () => Faults;
  readonly #random: Random;
  readonly #isTold: (seq: number) => boolean;

  /** @param options.isTold whether the log says that people were told of an event */
  constructor(options: {
    readonly clock: Clock;
    readonly faults: () => Faults;
    readonly random: Random;
    readonly isTold: (seq: number) => boolean;
  }) {
    this.#isTold = options.isTold;
    this.#clock = options.clock;
    this.#faults = options.faults;
    this.#random = options.random;
  }

  /** How one life of a server reaches them. An address is a recipient's name. */
  postFor(life: number, isAlive: () => boolean) {
    return async (_kind: string, name: string, { seq }: News): Promise<void> => {
      const faults = this.#faults();
      const lost = this.#random.chance(faults.weather.newsLost);
      const late = this.#isTold(seq);
      const taken = !lost || this.#random.chance(0.5);
      await new Promise<void>((resolve) => void this.#clock.wakeAt(this.#clock.now() + 1_000, resolve));
      if (!isAlive()) return new Promise<never>(() => {});
      if (lost) faults.strike(`${name} cannot be told of event ${seq}`);
      if (taken) this.told.push({ name, seq, life, heard: !lost, late });
      if (!lost) return undefined;
      const key = `${name} ${seq}`;
      this.refused.set(key, (this.refused.get(key) ?? 0) + 1);
      throw new Error(`${name} cannot be reached`);
    };
  }
}
