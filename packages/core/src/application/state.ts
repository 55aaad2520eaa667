import { Map as ImmutableMap, Set as ImmutableSet, List, OrderedMap } from "immutable";
import type { AnalysisProgress } from "../analysis/progress.ts";
import { type Forge, initialForge } from "../forge/forge.ts";
import type { Evidence } from "../gates/gate.ts";
import type { Pipeline } from "../pipeline/schema.ts";
import type { Severity } from "../pipeline/values.ts";
import type { Policy } from "../policy/schema.ts";
import type { Manifest } from "../release/manifest.ts";
import type { PublishedShare } from "../rollout/evidence/share.ts";
import type { Wave } from "../rollout/waves/schema.ts";
import type { Demand, TargetState } from "../targets/demand.ts";
import type { Millis } from "../time/instant.ts";
import type { EndCause } from "./events/end-cause.ts";
import type { FormalRequest, StagedWay } from "./events/rollback.ts";
import type { RollbackRequest } from "./rollback-request/request.ts";

export interface Release {
  readonly version: string;
  readonly manifest: Manifest;
  /** SHA-256 of the canonical manifest. */
  readonly digest: string;
  readonly publishedAt: Millis;
  readonly publishedBy: string;
  readonly withdrawn?: { readonly at: Millis; readonly by: string; readonly reason: string };
}

/** A policy as the application's log has it. */
export interface AdoptedPolicy {
  readonly name: string;
  /** Number of the event in the server's log that it follows from. */
  readonly revision: number;
  /** Absent: it holds here no more. */
  readonly policy?: Policy;
}

/** Content that was withdrawn by its digest, and every release with it. */
export interface WithdrawnArtifact {
  readonly sha256: string;
  readonly at: Millis;
  readonly by: string;
  readonly reason: string;
}

/** Whom a release is given to. */
export interface Reach {
  /** The share of the stage's clients, or of those of the wave, in basis points. */
  readonly basisPoints: number;
  /** The wave that has begun, from 1; whoever belongs to an earlier one gets it, whoever to a later one does not. Absent: there are none. */
  readonly wave?: number;
}

/** How far a stage's clients are exposed to a release. */
export interface Exposure extends Reach {
  readonly salt: string;
  /** Number of the event that asked for it. */
  readonly requestedSeq: number;
  /** When all of the stage's targets, its published feed among them, had it; absent: not yet. */
  readonly appliedAt?: Millis;
  /** What the feed may say, and since which event: no more than what the stage's other targets have. */
  readonly offered: Reach & { readonly seq: number };
}

/** What a target said that it would change. */
interface TargetPlan {
  readonly target: string;
  /** SHA-256 of the target's configuration, and what was live in the stage: with others, it says nothing. */
  readonly config: string;
  readonly live: string | null;
  /** null: it could not say. */
  readonly changes: boolean | null;
  readonly text: string;
  readonly at: Millis;
}

interface PromotionBase {
  readonly id: string;
  readonly stage: string;
  readonly version: string;
  readonly manual: boolean;
  readonly requestedAt: Millis;
  readonly requestedBy: string;
  /** Who asked for it by hand while it waited. */
  readonly asked?: { readonly by: string; readonly at: Millis };
  /** `policies`: what policies demand is passed over as well. */
  readonly override?: {
    readonly by: string;
    readonly reason: string;
    readonly at: Millis;
    readonly policies?: boolean;
  };
  /** Who approved it, each once; what is void is not among them. Whether they are enough, the gate says. */
  readonly approvals: readonly Approval[];
  /** Somebody said no, and nobody has approved it since. */
  readonly rejection?: Approval;
  /** What the stage's targets would change by it, for those who approve. */
  readonly plans?: readonly TargetPlan[];
  /** The clock of the stage's healthy soak: how long it ran, and since when it runs; absent: it stands. */
  readonly soak?: { readonly ranMs: number; readonly since?: Millis };
  /** When the time to decide began: with the start, and anew when a person let it go on. */
  readonly decidesFrom?: Millis;
  /** The waves that it goes through, since it began; absent: it has none. */
  readonly waves?: readonly Wave[];
  /** Exposure is paid for with evidence, and clients are let in by the share that the feed names; since it began. */
  readonly admission?: "share";
  /** With that: the shares that clients could read, in basis points, and since when; rising. */
  readonly shares?: readonly PublishedShare[];
  /** How many clients may be at risk at once, where exposure is paid for with evidence; null: any number. Absent: none yet. */
  readonly ration?: number | null;
  /** The groups of clients that get the release no more, in the order in which they were halted. */
  readonly haltedGroups?: readonly { readonly group: string; readonly at: Millis }[];
}

/** What a person said of a promotion, and what they were then. */
export interface Approval {
  readonly by: string;
  readonly groups: readonly string[];
  readonly at: Millis;
  readonly comment: string;
  /** Digest of the pipeline under which it was given. */
  readonly pipeline: string;
}

/** One release's way into one stage. */
export type Promotion = PromotionBase &
  (
    | { readonly status: "waiting" }
    | { readonly status: "active"; readonly startedAt: Millis; readonly exposure: Exposure }
    | {
        readonly status: "complete";
        readonly startedAt: Millis;
        readonly exposure: Exposure;
        readonly completedAt: Millis;
        /** The ends of its windows, in ms after it completed, and how many have ended well; absent: it has none. */
        readonly verification?: { readonly windows: readonly number[]; readonly passed: number };
      }
    | {
        readonly status: "paused";
        readonly startedAt: Millis;
        readonly exposure: Exposure;
        readonly paused: {
          readonly cause: EndCause;
          readonly reason: string;
          readonly at: Millis;
          readonly by: string;
          /** Who was to be exposed and does not have it yet is not offered it either. */
          readonly halted?: true;
        };
      }
    | {
        readonly status: "rolled-back" | "aborted" | "superseded";
        readonly startedAt?: Millis;
        readonly completedAt?: Millis;
        readonly exposure?: Exposure;
        readonly ended: {
          readonly cause: EndCause | "superseded";
          readonly reason: string;
          readonly at: Millis;
          readonly by: string;
          /** The request that people approved, where the rollback was formal. */
          readonly request?: FormalRequest;
        };
      }
  );

export type RollingPromotion = Extract<Promotion, { status: "active" | "paused" }>;

/** How far the clients of versions that were rolled back are sent back. */
export interface WayBack extends StagedWay {
  readonly versions: readonly string[];
  readonly basisPoints: number;
  /** Number of the event that asked for this share. */
  readonly requestedSeq: number;
  /** When the feeds that say so were published; absent: not yet. */
  readonly appliedAt?: Millis;
}

/** Nothing enters and no exposure rises, until the moment named or until it is thawed. */
export interface Freeze {
  readonly at: Millis;
  readonly by: string;
  readonly reason: string;
  readonly until?: Millis;
}

export interface StageState {
  readonly name: string;
  /** What everybody in the stage is offered. */
  readonly live?: {
    readonly version: string;
    readonly promotion: string;
    readonly since: Millis;
    /** A rollback put it there: nothing but a withdrawal or a person takes it back. */
    readonly returned?: true;
  };
  /** Id of the promotion that is rolling out or paused. At most one. */
  readonly active?: string;
  /** Ids of promotions that wait for the gates, oldest first. */
  readonly waiting: List<string>;
  /** Releases that were fully rolled out here and not rolled back since, oldest first. */
  readonly completed: OrderedMap<string, { readonly promotion: string; readonly at: Millis }>;
  /** Versions that were rolled back here: nobody is offered them, and who has one is offered the way back. */
  readonly away: ImmutableSet<string>;
  /** The last rollback was staged, and not everybody is sent back yet. */
  readonly wayBack?: WayBack;
  /** Id of the request that the stage go back which waits for approval. */
  readonly rollbackRequest?: string;
  /** Versions that were ever exposed here. */
  readonly offered: ImmutableSet<string>;
  readonly frozen?: Freeze;
  /** What the stage's targets have to bring about, where it has any but the feed. */
  readonly demand?: Demand;
  /** What is known of them, by name. */
  readonly targets: ImmutableMap<string, TargetState>;
  /** Somebody promoted another release than the newest by hand: nothing else enters until that is lifted. */
  readonly hold?: { readonly at: Millis; readonly by: string; readonly promotion: string; readonly version: string };
  /** How many promotions into this stage there ever were. */
  readonly promotions: number;
  /** Version → id of its latest promotion into this stage. */
  readonly latest: ImmutableMap<string, string>;
}

export interface Issue {
  readonly id: string;
  readonly version: string;
  readonly title: string;
  readonly severity: Severity;
  readonly stage?: string;
  readonly openedAt: Millis;
  readonly openedBy: string;
  readonly resolved?: { readonly at: Millis; readonly by: string; readonly comment: string };
}

/** The last word about one thing that is asked of a release: a check, an item of a stage's checklist, or a question to a repository. */
export interface CheckResult {
  readonly result: "pass" | "fail" | "inconclusive" | "error";
  readonly at: Millis;
  readonly by: string;
  readonly groups: readonly string[];
  readonly comment: string;
  /** Where more is to be read. */
  readonly url?: string;
  /** What the server found, where it was the server that answered, and the digest of the pipeline that said what to ask. */
  readonly found?: { readonly evidence: Evidence; readonly pipeline: string };
}

/** Everything that is known of an application: a fold over its log, shared between versions of itself, never changed. */
export interface AppState {
  readonly app: string;
  /** Number of the last event folded in. */
  readonly seq: number;
  readonly pipeline?: {
    readonly pipeline: Pipeline;
    readonly source: string;
    readonly digest: string;
    readonly at: Millis;
  };
  readonly releases: ImmutableMap<string, Release>;
  /** By SHA-256: artifacts that no release may contain. */
  readonly withdrawnArtifacts: ImmutableMap<string, WithdrawnArtifact>;
  /** By name. */
  readonly policies: ImmutableMap<string, AdoptedPolicy>;
  readonly stages: ImmutableMap<string, StageState>;
  /** Every stage is frozen, also those that come later. */
  readonly frozen?: Freeze;
  /** In the order in which they were asked for. */
  readonly promotions: OrderedMap<string, Promotion>;
  /** Promotion → analysis → how far its measurements have come; only of what is rolling out or being verified. */
  readonly analyses: ImmutableMap<string, ImmutableMap<string, AnalysisProgress>>;
  /** In the order in which they were asked for. */
  readonly rollbackRequests: OrderedMap<string, RollbackRequest>;
  /** What was said last of what a pipeline subscribes to, by source and version. */
  readonly discoveryProblems: ImmutableMap<string, string>;
  readonly issues: OrderedMap<string, Issue>;
  readonly openIssues: ImmutableSet<string>;
  /** Alert of a monitor → the issue that it opened. */
  readonly alerts: ImmutableMap<string, string>;
  readonly forge: Forge;
  /** Version → name of a check, or key of what a stage asks for → what was said last. */
  readonly checks: ImmutableMap<string, ImmutableMap<string, CheckResult>>;
  /** The number of the last event that people were told of; 0: of none. */
  readonly toldUpTo: number;
  readonly feeds: {
    /** Number of the last event that changed what a feed says. */
    readonly changedSeq: number;
    /** Up to which event the published feeds follow the log. */
    readonly publishedSeq: number;
  };
}

export function initialState(app: string): AppState {
  return {
    app,
    seq: 0,
    releases: ImmutableMap(),
    withdrawnArtifacts: ImmutableMap(),
    policies: ImmutableMap(),
    stages: ImmutableMap(),
    promotions: OrderedMap(),
    analyses: ImmutableMap(),
    rollbackRequests: OrderedMap(),
    discoveryProblems: ImmutableMap(),
    issues: OrderedMap(),
    openIssues: ImmutableSet(),
    alerts: ImmutableMap(),
    forge: initialForge,
    checks: ImmutableMap(),
    feeds: { changedSeq: 0, publishedSeq: 0 },
    toldUpTo: 0,
  };
}

function initialStage(name: string): StageState {
  return {
    name,
    waiting: List(),
    completed: OrderedMap(),
    away: ImmutableSet(),
    offered: ImmutableSet(),
    targets: ImmutableMap(),
    promotions: 0,
    latest: ImmutableMap(),
  };
}

/** A stage as it stands; one that nothing has happened in yet is empty. */
export function stageOf(state: AppState, name: string): StageState {
  return state.stages.get(name) ?? initialStage(name);
}

/** The promotion that is rolling out or paused in a stage. */
export function activePromotion(state: AppState, stage: StageState): RollingPromotion | undefined {
  const promotion = stage.active === undefined ? undefined : state.promotions.get(stage.active);
  return promotion?.status === "active" || promotion?.status === "paused" ? promotion : undefined;
}

/** The last promotion of a release into a stage that there was, whatever became of it. */
export function latestPromotion(state: AppState, stage: StageState, version: string): Promotion | undefined {
  const id = stage.latest.get(version);
  return id === undefined ? undefined : state.promotions.get(id);
}

/** The state with a stage put in place of what it was. */
export function setStage(state: AppState, stage: StageState): AppState {
  return { ...state, stages: state.stages.set(stage.name, stage) };
}

/** The state with one promotion changed; one that does not exist changes nothing. */
export function changePromotion(state: AppState, id: string, change: (promotion: Promotion) => Promotion): AppState {
  const promotion = state.promotions.get(id);
  return promotion === undefined ? state : { ...state, promotions: state.promotions.set(id, change(promotion)) };
}
