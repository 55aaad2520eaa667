import { sha256Hex } from "@sluice/core/log/digest.ts";
import type { Publisher } from "@sluice/server/controller/publisher.ts";
import type { Faults } from "./faults.ts";
import { write } from "./faulty-stores.ts";

/** What was published, which outlives every server, as files would. */
export interface PublishedFeeds {
  /** Path among the targets → text, as of now. */
  texts: ReadonlyMap<string, string>;
  /** SHA-256 of every text that was ever published. */
  readonly ever: Set<string>;
}

/** Keeps what would be signed. Signatures are the business of other tests. */
export class MemoryPublisher implements Publisher {
  readonly #faults: Faults;
  readonly #isAlive: () => boolean;
  readonly #published: PublishedFeeds;

  constructor(published: PublishedFeeds, faults: Faults, isAlive: () => boolean) {
    this.#published = published;
    this.#faults = faults;
    this.#isAlive = isAlive;
  }

  async publish(_app: string, targets: ReadonlyMap<string, string>): Promise<void> {
    await write(this.#faults, this.#isAlive, async () => {
      this.#faults.failIf(this.#faults.publishing);
      this.#published.texts = new Map(targets);
      for (const text of targets.values()) this.#published.ever.add(sha256Hex(text));
    });
  }

  async renewIfDue(): Promise<void> {}

  nextRenewal(): undefined {
    return undefined;
  }
}
