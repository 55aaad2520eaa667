import type { MeasurementRecord } from "../../analysis/progress.ts";
import type { Evidence } from "../../gates/gate.ts";
import type { Wave } from "../../rollout/waves/schema.ts";
import type { EndCause } from "./end-cause.ts";
import type { FactOf } from "./fact-of.ts";

/** A gate's verdict as it stood at the moment it counted. */
export type GateRecord = {
  readonly gate: string;
  readonly policy?: string;
  readonly verdict: "pass" | "fail" | "wait";
  readonly reason: string;
  readonly evidence: Evidence;
};

/** What happens to a release that is let in to a stage. */
export type RolloutFact =
  | FactOf<
      "PromotionStarted",
      {
        readonly id: string;
        readonly stage: string;
        readonly version: string;
        readonly salt: string;
        readonly gates: readonly GateRecord[];
        /** The waves that it goes through, whatever the pipeline says later; absent: the stage is one. */
        readonly waves?: readonly Wave[];
        /** Clients are let in by the share that the feed names, not one by one, whatever the pipeline says later. */
        readonly admission?: "share";
      }
    >
  /** `from` and `to` in basis points. Asks for the effect; `FeedsPublished` says that it took place. */
  | FactOf<
      "ExposureRaised",
      {
        readonly id: string;
        readonly stage: string;
        readonly version: string;
        readonly from: number;
        readonly to: number;
        readonly evidence: Evidence;
      }
    >
  /** The wave before has it, and its barrier is met: the clients of this one get it, `to` basis points of them at first. */
  | FactOf<
      "WaveBegun",
      {
        readonly id: string;
        readonly stage: string;
        readonly version: string;
        /** Counted from 1. */
        readonly wave: number;
        readonly of: number;
        readonly name: string;
        readonly to: number;
        readonly evidence: Evidence;
      }
    >
  /** How many clients may be at risk at once, in a rollout that pays with evidence; null: any number. */
  | FactOf<
      "RationGranted",
      {
        readonly id: string;
        readonly stage: string;
        readonly version: string;
        readonly most: number | null;
        readonly evidence: Evidence;
      }
    >
  /** The clients of one group get the release no more. */
  | FactOf<
      "GroupHalted",
      {
        readonly id: string;
        readonly stage: string;
        readonly version: string;
        readonly group: string;
        readonly evidence: Evidence;
      }
    >
  | FactOf<
      "PromotionPaused",
      {
        readonly id: string;
        readonly stage: string;
        readonly version: string;
        readonly cause: EndCause;
        readonly reason: string;
        readonly evidence: Evidence;
      }
    >
  /** Nobody new is offered it, not even who was to be exposed; who has it keeps it, until it goes on or ends. */
  | FactOf<
      "RolloutHalted",
      { readonly id: string; readonly stage: string; readonly version: string; readonly reason: string }
    >
  | FactOf<
      "PromotionResumed",
      { readonly id: string; readonly stage: string; readonly version: string; readonly reason: string }
    >
  /** Something outside was asked about a release that is rolling out or being verified, and it counted. */
  | FactOf<"MeasurementTaken", MeasurementRecord>
  /** Everybody is offered the release. `verify`: the ends of the windows in which it is still watched, in ms from now. */
  | FactOf<
      "PromotionCompleted",
      {
        readonly id: string;
        readonly stage: string;
        readonly version: string;
        readonly evidence: Evidence;
        readonly verify?: readonly number[];
      }
    >
  /** A window of verification has ended well. With the last, `window` = `of`, the release is one to go back to. */
  | FactOf<
      "PromotionVerified",
      {
        readonly id: string;
        readonly stage: string;
        readonly version: string;
        readonly window: number;
        readonly of: number;
        readonly evidence: Evidence;
      }
    >;
