import type { ApplicationFact } from "../application/events.ts";
import type { Millis } from "../time/instant.ts";

/** What became of one release in one stage. */
export interface Entry {
  readonly stage: string;
  readonly version: string;
  /** When the first client was to get it. */
  readonly startedAt?: Millis;
  /** When everybody had it. */
  readonly completedAt?: Millis;
  /** When it was taken out, if it was. */
  readonly endedAt?: Millis;
  /** The furthest that it got, in basis points. */
  readonly reach: number;
}

/** What became of every release in every stage, read off the facts. */
export class Entries {
  readonly #entries = new Map<string, Entry>();

  add(fact: ApplicationFact, at: Millis): void {
    switch (fact.type) {
      case "PromotionStarted":
        this.#change(fact.data, (entry) => ({ startedAt: at, ...entry }));
        break;
      case "ExposureRaised":
        this.#change(fact.data, (entry) => ({ ...entry, reach: Math.max(entry.reach, fact.data.to) }));
        break;
      case "PromotionCompleted":
        this.#change(fact.data, (entry) => ({ completedAt: at, ...entry, reach: 10_000 }));
        break;
      case "PromotionRolledBack":
        this.#change(fact.data, (entry) => ({ endedAt: at, ...entry }));
        break;
      default:
    }
  }

  get(stage: string, version: string): Entry | undefined {
    return this.#entries.get(entryKey(stage, version));
  }

  all(): Entry[] {
    return [...this.#entries.values()];
  }

  #change(place: { readonly stage: string; readonly version: string }, change: (entry: Entry) => Entry): void {
    const { stage, version } = place;
    const key = entryKey(stage, version);
    this.#entries.set(key, change(this.#entries.get(key) ?? { stage, version, reach: 0 }));
  }
}

/** Neither a stage's name nor a version has a space in it. */
export function entryKey(stage: string, version: string): string {
  return `${stage} ${version}`;
}
