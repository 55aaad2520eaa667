import type { Evidence } from "../../gates/gate.ts";
import type { EndCause } from "./end-cause.ts";
import type { FactOf } from "./fact-of.ts";

/** By which shares of the clients, in basis points, a stage goes back; the first at once. `salt` fixes their order. */
export type StagedWay = {
  readonly steps: readonly { readonly to: number; readonly afterMs: number }[];
  readonly salt: string;
};

/** The request that a rollback carried out: who asked for it, and who approved it. Times in RFC 3339. */
export type FormalRequest = {
  readonly id: string;
  readonly by: string;
  readonly approvals: readonly { readonly by: string; readonly at: string; readonly comment: string }[];
};

/** How a release leaves a stage. */
export type RollbackFact =
  /**
   * `to`: the release that is live instead, or null when there is none to go back to. `staged`: clients that have the release
   * are sent back by and by, each step so long after the one before was published, in ms; absent: all of them at once.
   * `request`: people asked for it and approved it; absent: it was not formal.
   */
  | FactOf<
      "PromotionRolledBack",
      {
        readonly id: string;
        readonly stage: string;
        readonly version: string;
        readonly to: string | null;
        readonly cause: EndCause;
        readonly reason: string;
        readonly evidence: Evidence;
        readonly staged?: StagedWay;
        readonly request?: FormalRequest;
      }
    >
  /** In a staged way back, more of the clients that have `versions` are sent back. `from` and `to` in basis points. */
  | FactOf<
      "WayBackRaised",
      { readonly stage: string; readonly versions: readonly string[]; readonly from: number; readonly to: number }
    >;
