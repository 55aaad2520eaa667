import type { Evidence } from "../../gates/gate.ts";
import type { FactOf } from "./fact-of.ts";

/** What was found out for the gates. */
export type CheckFact =
  /** A result from outside, or, with `stage`, a person's answer to an item of that stage's checklist. */
  | FactOf<
      "CheckReported",
      {
        readonly version: string;
        /** The release's digest. */
        readonly digest: string;
        readonly name: string;
        readonly stage?: string;
        readonly result: "pass" | "fail";
        /** The groups of the token that reported it, at that time. */
        readonly groups: readonly string[];
        readonly comment: string;
        readonly url?: string;
      }
    >
  /** The server's own answer to an item of a checklist, or to what a `git` gate asks. */
  | FactOf<
      "ItemProbed",
      {
        readonly version: string;
        readonly digest: string;
        readonly stage: string;
        readonly item: string;
        /** The pipeline's digest: what was asked is part of it. */
        readonly pipeline: string;
        readonly result: "pass" | "fail" | "inconclusive" | "error";
        readonly reason: string;
        readonly evidence: Evidence;
      }
    >
  /** A release that waits for a stage is well in the stage before: the clock of the stage's healthy soak runs. */
  | FactOf<
      "SoakClockStarted",
      {
        readonly id: string;
        readonly stage: string;
        readonly version: string;
        readonly reason: string;
        readonly evidence: Evidence;
      }
    >
  /** It is not well there, or nobody knows any more: the clock stands. */
  | FactOf<
      "SoakClockStopped",
      {
        readonly id: string;
        readonly stage: string;
        readonly version: string;
        readonly reason: string;
        readonly evidence: Evidence;
      }
    >;
