import type { Attempt, StoredOffer } from "../attempts.ts";

/** An attempt in memory, with its offers by number, and the number of each client's last one. */
export interface StoredAttempt {
  attempt: Attempt;
  readonly offers: StoredOffer[];
  readonly latest: Map<string, number>;
}
