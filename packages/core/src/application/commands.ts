import type { Alert } from "../alerts/alert.ts";
import type { Finding } from "../analysis/finding.ts";
import type { Measurements } from "../analysis/measurement.ts";
import type { ForgeChange } from "../forge/change.ts";
import type { Pipeline } from "../pipeline/schema.ts";
import type { Severity } from "../pipeline/values.ts";
import type { Manifest } from "../release/manifest.ts";
import type { Rules } from "../rules/rules.ts";
import type { Millis } from "../time/instant.ts";
import type { PlanDigest } from "./events/promotion.ts";
import type { ApplicationFact, ApplicationFactType } from "./events.ts";

type FactOf<Type extends ApplicationFactType> = Extract<ApplicationFact, { type: Type }>["data"];

/** Who gives a command, and when. The only time that a decision knows. */
export interface CommandMeta {
  readonly now: Millis;
  readonly actor: string;
  /** What holds in every application; absent: nothing is known to. */
  readonly rules?: Rules;
}

interface Answer {
  readonly id: string;
  readonly groups: readonly string[];
  readonly comment: string;
  readonly digest?: string;
  readonly pipeline?: string;
  readonly plans?: readonly PlanDigest[];
}

/** What a person says of a rollback that was asked for. `groups`: those of whoever says it. */
interface RollbackAnswer {
  readonly stage: string;
  readonly id: string;
  readonly groups: readonly string[];
  readonly comment: string;
}

/** `staged`: who has what is rolled back is sent back by and by, not all at once. */
interface Rollback {
  readonly stage: string;
  readonly to?: string;
  readonly reason: string;
  readonly staged?: boolean;
}

export type ApplicationCommand =
  | { readonly type: "ApplyPipeline"; readonly pipeline: Pipeline; readonly source: string }
  | { readonly type: "PublishRelease"; readonly manifest: Manifest }
  | { readonly type: "WithdrawRelease"; readonly version: string; readonly reason: string }
  /** With `unseen`, also where no release contains the artifact yet. */
  | { readonly type: "WithdrawArtifact"; readonly sha256: string; readonly reason: string; readonly unseen?: boolean }
  /** The rules that hold everywhere have changed. Every command adopts them; this one does nothing else. */
  | { readonly type: "AdoptRules" }
  /** With `override`, the reason for which the stage's gates are passed over; with `policies`, what policies demand too. */
  | {
      readonly type: "RequestPromotion";
      readonly version: string;
      readonly stage: string;
      readonly override?: string;
      readonly policies?: boolean;
    }
  /** `groups`: those of whoever says it. `digest`, `pipeline` and `plans`: what was looked at; refused when it is something else by now. */
  | ({ readonly type: "ApprovePromotion" } & Answer)
  | ({ readonly type: "RejectPromotion" } & Answer)
  /** `groups`: those of whoever reports it. `stage`: where a name stands for more than one thing. */
  | {
      readonly type: "ReportCheck";
      readonly version: string;
      readonly name: string;
      readonly stage?: string;
      readonly result: "pass" | "fail";
      readonly groups: readonly string[];
      readonly comment: string;
      readonly url?: string;
    }
  /** What the server found about something that the gates of a promotion's stage ask of it. `pipeline`: the digest of what it acted on. */
  | {
      readonly type: "RecordProbe";
      readonly id: string;
      readonly item: string;
      readonly pipeline: string;
      readonly finding: Finding;
    }
  | { readonly type: "PausePromotion"; readonly id: string; readonly reason: string }
  | { readonly type: "ResumePromotion"; readonly id: string; readonly reason: string }
  | { readonly type: "AbortPromotion"; readonly id: string; readonly reason: string }
  /** Nobody new gets it; who has it keeps it. */
  | { readonly type: "HaltRollout"; readonly id: string; readonly reason: string }
  /** Nobody gets it, and who has it goes back: a rollout, or what is live. */
  | { readonly type: "RecallRollout"; readonly id: string; readonly reason: string }
  | ({ readonly type: "RollBack" } & Rollback)
  /** Asks for a rollback that others have to approve. */
  | ({ readonly type: "RequestRollback" } & Rollback)
  | ({ readonly type: "ApproveRollback" } & RollbackAnswer)
  | ({ readonly type: "RejectRollback" } & RollbackAnswer)
  | { readonly type: "FreezeStage"; readonly stage: string; readonly reason: string; readonly until?: Millis }
  | { readonly type: "ThawStage"; readonly stage: string }
  /** Every stage, also those that come later. */
  | { readonly type: "FreezeApplication"; readonly reason: string; readonly until?: Millis }
  | { readonly type: "ThawApplication" }
  /** Lifts the hold that a promotion by hand put on a stage. */
  | { readonly type: "ResumeAutoPromotion"; readonly stage: string }
  | { readonly type: "CreateHook"; readonly id: string; readonly kind: "github"; readonly repository: string }
  | { readonly type: "RemoveHook"; readonly id: string }
  /** A source forge tells of a tag or a merge. `body`: SHA-256 of what it sent. */
  | {
      readonly type: "RecordForgeChange";
      readonly change: ForgeChange;
      readonly delivery: string;
      readonly body: string;
      readonly repository: string;
    }
  | { readonly type: "OpenIssue"; readonly version: string; readonly title: string; readonly severity: Severity }
  | { readonly type: "ResolveIssue"; readonly id: string; readonly comment: string }
  /** Time has passed or clients have reported: whatever is due happens. */
  | { readonly type: "Advance"; readonly measurements: Measurements }
  /**
   * Something outside was asked. `at`: when it began; `alike`: how many before it came out as the one recorded last, and were
   * not recorded.
   */
  | {
      readonly type: "TakeMeasurement";
      readonly promotion: string;
      readonly analysis: string;
      readonly at: Millis;
      readonly finding: Finding;
      readonly alike: number;
    }
  /** A monitor tells of an alert about a release. */
  | { readonly type: "RecordAlert"; readonly alert: Alert }
  /** The feeds that follow from the log up to `upTo` are signed and served. */
  | { readonly type: "RecordPublication"; readonly upTo: number; readonly feeds: Readonly<Record<string, string>> }
  /** A target has brought about what its stage asked of it. */
  | { readonly type: "RecordPlan"; readonly plan: FactOf<"PromotionPlanned"> }
  | { readonly type: "RecordTarget"; readonly result: FactOf<"TargetApplied"> }
  /** Something that the pipeline subscribes to cannot be read, or is not what it was. */
  | { readonly type: "RecordDiscoveryProblem"; readonly problem: FactOf<"DiscoveryProblemFound"> }
  /** It waits. */
  | { readonly type: "RecordTargetDeferral"; readonly deferral: FactOf<"TargetDeferred"> }
  /** A target was looked at on its schedule, or because somebody asked. */
  | {
      readonly type: "RecordDrift";
      readonly found: Pick<FactOf<"TargetApplied">, "stage" | "target" | "asked" | "config"> & {
        readonly agrees: boolean;
        /** What is live, for a person. */
        readonly text: string;
      };
    }
  /** People were told of an event, or could not be. */
  | { readonly type: "RecordTold"; readonly told: FactOf<"PeopleTold"> }
  /** A target could not. */
  | { readonly type: "RecordTargetFailure"; readonly failure: FactOf<"TargetFailed"> };

export type CommandOf<Type extends ApplicationCommand["type"]> = Extract<ApplicationCommand, { type: Type }>;
