import type { GroupCounts, ReleaseCounts } from "./counts.ts";
import type { Expected } from "./share.ts";

/** What is known of the offers of one rollout at one moment. */
export interface Offers {
  /** How many clients the stage has, as far as known; 0 when unknown. */
  readonly fleet: number;
  readonly counts: ReleaseCounts;
  /** Of the groups that were not halted. */
  readonly groups: readonly GroupCounts[];
  /** When the last offer was made or refused, ms since the epoch; undefined before the first. */
  readonly lastAskedAt?: number;
  /** How many offers there were, with those that were given back and those of halted groups. */
  readonly offered: number;
  /** The same of each watched group. */
  readonly offeredByGroup: Readonly<Record<string, number>>;
  /** Where clients are let in by a published share: whom it takes in. */
  readonly expected?: Expected;
}
