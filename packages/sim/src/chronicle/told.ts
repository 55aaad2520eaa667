import type { Wave } from "@sluice/core/rollout/waves/schema.ts";

/** A yes of a person: when, as what, and of which pipeline. */
export interface Yes {
  readonly at: number;
  readonly groups: readonly string[];
  /** The pipeline's digest. */
  readonly pipeline: string;
}

export type Way = "waiting" | "active" | "paused" | "complete" | "over";

/** One release's way into one stage, as far as the log tells of it. */
export interface ToldPromotion {
  readonly id: string;
  readonly stage: string;
  readonly version: string;
  /** Who asked for it by hand: their yes does not count. */
  asker: string | undefined;
  way: Way;
  override: { policies: boolean } | undefined;
  readonly yes: Map<string, Yes>;
  no: (Yes & { readonly by: string }) | undefined;
  salt: string;
  /** When it was let in, in ms since the epoch; 0: not yet. */
  startedAt: number;
  /** Basis points, and the event that asked for them. */
  share: number;
  shareSeq: number;
  /** When it was asked for, in ms since the epoch. */
  raisedAt: number | undefined;
  /** The parts of the stage that get it one after the other; none: the stage is one. */
  waves: readonly Wave[];
  /** The wave that has begun, from 1; 0 where there are none. */
  wave: number;
  /** Since when the feeds say so; undefined: not yet. */
  publishedAt: number | undefined;
  /** The share that the feeds say by now. */
  publishedShare: number;
  /** The wave that they say has begun. */
  publishedWave: number;
  halted: boolean;
  /** A target that cannot do what is asked of it, nor will by itself. */
  broken: string | undefined;
  /** What each target said that it gives of it: basis points. Unknown once the pipeline has changed. */
  readonly onTargets: Map<string, number>;
  /** Another pipeline came while it was under way. */
  otherPipeline: boolean;
  readonly haltedGroups: Set<string>;
  completedAt: number | undefined;
  windows: readonly number[];
  windowsPassed: number;
  /** The clock of a healthy soak, in ms, and since when it runs. */
  soakRan: number;
  soakSince: number | undefined;
}

/** How clients are sent back by and by. Shares in basis points, times in ms. */
export interface ToldWayBack {
  readonly salt: string;
  readonly steps: readonly { readonly to: number; readonly afterMs: number }[];
  /** Those whose clients it is about. */
  readonly versions: ReadonlySet<string>;
  readonly share: number;
  /** The event that asked for the share, and since when the feeds say so. */
  readonly seq: number;
  publishedAt: number | undefined;
}

export interface ToldStage {
  readonly name: string;
  live: string | undefined;
  livePromotion: string | undefined;
  active: string | undefined;
  /** Version → since when it is complete here and not rolled back, and by which promotion; the oldest first. */
  readonly complete: Map<string, { readonly at: number; readonly promotion: string }>;
  /** Versions that were ever let in. */
  readonly entered: Set<string>;
  readonly away: Set<string>;
  frozen: { readonly until: number } | undefined;
  /** The promotion that somebody chose by hand. */
  chosen: string | undefined;
  wayBack: ToldWayBack | undefined;
  promotions: number;
}

export interface ToldRelease {
  readonly publisher: string;
  readonly at: number;
  readonly digest: string;
  readonly artifacts: readonly string[];
  /** What it says that it was built from: a commit, or its beginning. */
  readonly commit: string | undefined;
}

export interface ToldCheck {
  readonly passed: boolean;
  readonly at: number;
  readonly by: string;
  readonly groups: readonly string[];
}

export interface ToldIssue {
  readonly version: string;
  readonly severity: string;
}
