import type { EndCause } from "./end-cause.ts";
import type { FactOf } from "./fact-of.ts";

/** What a target said that it would change: the SHA-256 of its text. */
export interface PlanDigest {
  readonly target: string;
  readonly sha256: string;
}

/** What a person said of a promotion, bound to what they said it of. */
type Answer = {
  readonly id: string;
  readonly stage: string;
  readonly version: string;
  /** The release's digest. */
  readonly digest: string;
  /** The pipeline's digest. */
  readonly pipeline: string;
  /** The groups of the token that said it, at that time. */
  readonly groups: readonly string[];
  readonly comment: string;
  /** What the stage's targets had said that they would change; absent: nothing was planned. */
  readonly plans?: readonly PlanDigest[];
};

/** What happens to a promotion before anybody is exposed. */
export type PromotionFact =
  /** A release is to enter a stage; it waits for the stage's gates. */
  | FactOf<
      "PromotionRequested",
      { readonly id: string; readonly stage: string; readonly version: string; readonly manual: boolean }
    >
  /** A person asked by hand for what was waiting to be asked for. */
  | FactOf<"PromotionAskedFor", { readonly id: string; readonly stage: string; readonly version: string }>
  | FactOf<
      "PromotionOverridden",
      {
        readonly id: string;
        readonly stage: string;
        readonly version: string;
        readonly reason: string;
        /** What policies demand is passed over as well. */
        readonly policies?: boolean;
      }
    >
  | FactOf<"PromotionApproved", Answer>
  | FactOf<"PromotionRejected", Answer>
  /** What somebody approved counts no more. */
  | FactOf<
      "ApprovalVoided",
      {
        readonly id: string;
        readonly stage: string;
        readonly version: string;
        readonly approver: string;
        readonly reason: string;
      }
    >
  /** It ended before anybody was exposed. */
  | FactOf<
      "PromotionAborted",
      {
        readonly id: string;
        readonly stage: string;
        readonly version: string;
        readonly cause: EndCause;
        readonly reason: string;
      }
    >
  | FactOf<
      "PromotionSuperseded",
      { readonly id: string; readonly stage: string; readonly version: string; readonly by: string }
    >;
