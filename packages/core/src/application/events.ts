import type { MeasurementRecord } from "../analysis/progress.ts";
import type { ForgeFact } from "../forge/forge.ts";
import type { Evidence } from "../gates/gate.ts";
import type { Fact } from "../log/event.ts";
import type { Pipeline } from "../pipeline/schema.ts";
import type { Severity } from "../pipeline/values.ts";
import type { Policy } from "../policy/schema.ts";
import type { Manifest } from "../release/manifest.ts";

/** Why a release left a stage, or never got into it. */
export type EndCause =
  | "analysis"
  | "gate"
  | "withdrawn"
  | "manual"
  | "aborted"
  | "rolled-back-before"
  | "target"
  | "pipeline-changed"
  | "halted"
  | "recalled"
  | "undecided";

/** A gate's verdict as it stood at the moment it counted. */
export type GateRecord = {
  readonly gate: string;
  readonly policy?: string;
  readonly verdict: "pass" | "fail" | "wait";
  readonly reason: string;
  readonly evidence: Evidence;
};

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
};

/** By which shares of the clients, in basis points, a stage goes back; the first at once. `salt` fixes their order. */
export type StagedWay = {
  readonly steps: readonly { readonly to: number; readonly afterMs: number }[];
  readonly salt: string;
};

type Of<Type extends string, Data extends Fact["data"]> = { readonly type: Type; readonly data: Data };

/** Everything that can happen to an application. The log is a sequence of these; state is a fold over it. */
export type ApplicationFact =
  | ForgeFact
  | Of<"PipelineApplied", { readonly pipeline: Pipeline; readonly source: string; readonly digest: string }>
  | Of<"ReleasePublished", { readonly manifest: Manifest; readonly digest: string }>
  | Of<"ReleaseWithdrawn", { readonly version: string; readonly reason: string }>
  /** `versions`: the releases that contain it and so were withdrawn with it; none that contains it is published afterwards. */
  | Of<
      "ArtifactWithdrawn",
      { readonly sha256: string; readonly reason: string; readonly by: string; readonly versions: readonly string[] }
    >
  /** A policy of the server's log holds here. `revision`: number of the event there that says so. */
  | Of<
      "PolicyAdopted",
      { readonly name: string; readonly revision: number; readonly by: string; readonly policy: Policy }
    >
  | Of<"PolicyDropped", { readonly name: string; readonly revision: number; readonly by: string }>
  /** A release is to enter a stage; it waits for the stage's gates. */
  | Of<
      "PromotionRequested",
      { readonly id: string; readonly stage: string; readonly version: string; readonly manual: boolean }
    >
  /** A person asked by hand for what was waiting to be asked for. */
  | Of<"PromotionAskedFor", { readonly id: string; readonly stage: string; readonly version: string }>
  | Of<
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
  | Of<"PromotionApproved", Answer>
  | Of<"PromotionRejected", Answer>
  /** What somebody approved counts no more. */
  | Of<
      "ApprovalVoided",
      {
        readonly id: string;
        readonly stage: string;
        readonly version: string;
        readonly approver: string;
        readonly reason: string;
      }
    >
  | Of<
      "PromotionStarted",
      {
        readonly id: string;
        readonly stage: string;
        readonly version: string;
        readonly salt: string;
        readonly gates: readonly GateRecord[];
      }
    >
  /** `from` and `to` in basis points. Asks for the effect; `FeedsPublished` says that it took place. */
  | Of<
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
  /** How many clients may be at risk at once, in a rollout that pays with evidence; null: any number. */
  | Of<
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
  | Of<
      "GroupHalted",
      {
        readonly id: string;
        readonly stage: string;
        readonly version: string;
        readonly group: string;
        readonly evidence: Evidence;
      }
    >
  | Of<
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
  | Of<
      "RolloutHalted",
      { readonly id: string; readonly stage: string; readonly version: string; readonly reason: string }
    >
  | Of<
      "PromotionResumed",
      { readonly id: string; readonly stage: string; readonly version: string; readonly reason: string }
    >
  /** Something outside was asked about a release that is rolling out or being verified, and it counted. */
  | Of<"MeasurementTaken", MeasurementRecord>
  /** Everybody is offered the release. `verify`: the ends of the windows in which it is still watched, in ms from now. */
  | Of<
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
  | Of<
      "PromotionVerified",
      {
        readonly id: string;
        readonly stage: string;
        readonly version: string;
        readonly window: number;
        readonly of: number;
        readonly evidence: Evidence;
      }
    >
  /**
   * `to`: the release that is live instead, or null when there is none to go back to. `staged`: clients that have the release
   * are sent back by and by, each step so long after the one before was published, in ms; absent: all of them at once.
   */
  | Of<
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
      }
    >
  /** In a staged way back, more of the clients that have `versions` are sent back. `from` and `to` in basis points. */
  | Of<
      "WayBackRaised",
      { readonly stage: string; readonly versions: readonly string[]; readonly from: number; readonly to: number }
    >
  /** It ended before anybody was exposed. */
  | Of<
      "PromotionAborted",
      {
        readonly id: string;
        readonly stage: string;
        readonly version: string;
        readonly cause: EndCause;
        readonly reason: string;
      }
    >
  | Of<
      "PromotionSuperseded",
      { readonly id: string; readonly stage: string; readonly version: string; readonly by: string }
    >
  /** A release that waits for a stage is well in the stage before: the clock of the stage's healthy soak runs. */
  | Of<
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
  | Of<
      "SoakClockStopped",
      {
        readonly id: string;
        readonly stage: string;
        readonly version: string;
        readonly reason: string;
        readonly evidence: Evidence;
      }
    >
  /** Somebody promoted `version` by hand although `newer` was in line: nothing enters the stage by itself until that is lifted. */
  | Of<
      "AutoPromotionHeld",
      { readonly stage: string; readonly id: string; readonly version: string; readonly newer: string }
    >
  | Of<"AutoPromotionResumed", { readonly stage: string }>
  /** A result from outside, or, with `stage`, a person's answer to an item of that stage's checklist. */
  | Of<
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
  | Of<
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
  /** `until`: RFC 3339; absent: until it is thawed. */
  | Of<"StageFrozen", { readonly stage: string; readonly reason: string; readonly until?: string }>
  | Of<"StageThawed", { readonly stage: string }>
  | Of<
      "IssueOpened",
      {
        readonly id: string;
        readonly version: string;
        readonly title: string;
        readonly severity: Severity;
        readonly stage?: string;
        /** What tells the alert of a monitor that opened it from every other. */
        readonly alert?: string;
      }
    >
  | Of<"IssueResolved", { readonly id: string; readonly comment: string }>
  /** The feeds that follow from the log up to `upTo` are signed and served. `feeds`: channel → SHA-256 of its feed. */
  | Of<"FeedsPublished", { readonly upTo: number; readonly feeds: Readonly<Record<string, string>> }>
  /**
   * A target of a stage has brought about what event `asked` asked for: everybody has `main`, but for the share that has
   * `trial`. `config`: SHA-256 of the target's configuration. `leaving`: the release that it took away.
   */
  | Of<
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
  | Of<
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
  /** It could not. `retryable`: it is tried again by itself. */
  | Of<
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

export type ApplicationFactType = ApplicationFact["type"];

/** A fact with what the fold needs of its place in the log. */
export type ApplicationEvent = ApplicationFact & { readonly seq: number; readonly at: number; readonly actor: string };
