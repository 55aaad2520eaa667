import type { FactOf } from "./fact-of.ts";

/** What somebody said of a request: `version` is what would be left. `groups`: those of whoever said it, at that time. */
type Answer = {
  readonly id: string;
  readonly stage: string;
  readonly version: string;
  readonly groups: readonly string[];
  readonly comment: string;
};

/** Rollbacks that are asked for by one person and approved by others, up to where they are carried out. */
export type RollbackRequestFact =
  /**
   * Somebody asked that `promotion` of `version` be taken back, so that the stage arrives at `to`; null: at nothing.
   * `asked`: the release that they named. `staged`: clients are to be sent back by and by.
   */
  | FactOf<
      "RollbackRequested",
      {
        readonly id: string;
        readonly stage: string;
        readonly promotion: string;
        readonly version: string;
        readonly to: string | null;
        readonly reason: string;
        readonly asked?: string;
        readonly staged?: true;
      }
    >
  | FactOf<"RollbackApproved", Answer>
  | FactOf<"RollbackRejected", Answer>
  /** What somebody approved counts no more. */
  | FactOf<
      "RollbackApprovalVoided",
      {
        readonly id: string;
        readonly stage: string;
        readonly version: string;
        readonly approver: string;
        readonly reason: string;
      }
    >
  /** Nobody can approve it any more: it expired, or the stage would go another way than was asked. */
  | FactOf<
      "RollbackRequestLapsed",
      { readonly id: string; readonly stage: string; readonly version: string; readonly reason: string }
    >;
