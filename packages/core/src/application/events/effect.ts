import type { Evidence } from "../../gates/gate.ts";
import type { FactOf } from "./fact-of.ts";

/** What was brought about outside the log, or is planned to be. */
export type EffectFact =
  /** The feeds that follow from the log up to `upTo` are signed and served. `feeds`: channel → SHA-256 of its feed. */
  | FactOf<"FeedsPublished", { readonly upTo: number; readonly feeds: Readonly<Record<string, string>> }>
  /**
   * A target of a stage has brought about what event `asked` asked for: everybody has `main`, but for the share that has
   * `trial`. `config`: SHA-256 of the target's configuration. `leaving`: the release that it took away.
   */
  | FactOf<
      "TargetApplied",
      {
        readonly stage: string;
        readonly target: string;
        readonly asked: number;
        readonly config: string;
        readonly main: string | null;
        readonly trial?: { readonly version: string; readonly basisPoints: number };
        readonly leaving?: string;
        readonly evidence: Evidence;
      }
    >
  /**
   * What a target would change if a promotion that waits were let in, while `live` is live there; `changes` null: it could not
   * say, and `text` is why.
   */
  | FactOf<
      "PromotionPlanned",
      {
        readonly id: string;
        readonly stage: string;
        readonly version: string;
        readonly target: string;
        readonly config: string;
        readonly live: string | null;
        readonly changes: boolean | null;
        readonly text: string;
      }
    >
  /** It has done its part and waits: for a person, or for another system. */
  | FactOf<
      "TargetDeferred",
      {
        readonly stage: string;
        readonly target: string;
        readonly asked: number;
        readonly config: string;
        readonly reason: string;
        readonly evidence: Evidence;
      }
    >
  /** What is live at a target is not what it said that it has brought about. `issue`: the one that tells of it. */
  | FactOf<
      "DriftFound",
      {
        readonly stage: string;
        readonly target: string;
        /** What should be live. */
        readonly version: string;
        readonly text: string;
        readonly issue: string;
      }
    >
  /** It is again, or the target was moved since. */
  | FactOf<"DriftGone", { readonly stage: string; readonly target: string }>
  /** People were told of event `about`. `to` and `missed`: names of those who were reached, and of those who could not be. */
  | FactOf<"PeopleTold", { readonly about: number; readonly to: readonly string[]; readonly missed: readonly string[] }>
  /** It could not. `retryable`: it is tried again by itself. */
  | FactOf<
      "TargetFailed",
      {
        readonly stage: string;
        readonly target: string;
        readonly asked: number;
        readonly config: string;
        readonly reason: string;
        readonly retryable: boolean;
        readonly evidence: Evidence;
      }
    >;
