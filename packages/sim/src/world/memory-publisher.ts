import { sha256Hex } from "@sluice/core/log/digest.ts";
import type { Clock } from "@sluice/server/clock/clock.ts";
import type { Publisher } from "@sluice/server/controller/publisher.ts";
import type { Faults } from "./faults.ts";
import { write } from "./faulty-stores.ts";

/** What was published, which outlives every server, as files would. */
export interface PublishedFeeds {
  /** Path among the targets → text, as of now. */
  texts: ReadonlyMap<string, string>;
  /** What was published before it: servers answer by that until the log tells of the newer. */
  before?: ReadonlyMap<string, string>;
  /** SHA-256 of every text that was ever published. */
  readonly ever: Set<string>;
  /** When what is signed was signed, by the clock of who signed it and by the right one; ms since the epoch. Undefined: nothing was. */
  signed?: { readonly at: number; readonly trulyAt: number };
}

/** How long what is signed lives, in ms; it is renewed when half of that is over. */
export const lifetimeMs = 86_400_000;

interface Options {
  readonly published: PublishedFeeds;
  readonly faults: Faults;
  readonly isAlive: () => boolean;
  /** Whether what is signed expires, and has to be renewed. */
  readonly expires: boolean;
  /** The server's. */
  readonly clock: Clock;
  readonly trueClock: Clock;
}

/** Keeps what would be signed. Signatures are the business of other tests. */
export class MemoryPublisher implements Publisher {
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  async publish(_app: string, targets: ReadonlyMap<string, string>): Promise<void> {
    const { published } = this.#options;
    await this.#sign(() => {
      published.before = published.texts;
      published.texts = new Map(targets);
      for (const text of targets.values()) published.ever.add(sha256Hex(text));
    });
  }

  async renewIfDue(): Promise<void> {
    const { clock } = this.#options;
    if ((this.nextRenewal() ?? Number.POSITIVE_INFINITY) <= clock.now()) await this.#sign(() => {});
  }

  nextRenewal(): number | undefined {
    const { published, expires } = this.#options;
    return published.signed === undefined || !expires ? undefined : published.signed.at + lifetimeMs / 2;
  }

  async #sign(put: () => void): Promise<void> {
    const { published, faults, isAlive, clock, trueClock } = this.#options;
    await write(faults, isAlive, async () => {
      faults.failIf(faults.publishing);
      put();
      published.signed = { at: clock.now(), trulyAt: trueClock.now() };
    });
  }
}
