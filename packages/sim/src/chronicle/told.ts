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
  /** Basis points, and the event that asked for them. */
  share: number;
  shareSeq: number;
  /** Since when the feeds say so; undefined: not yet. */
  publishedAt: number | undefined;
  /** The share that the feeds say by now. */
  publishedShare: number;
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
  promotions: number;
}

export interface ToldRelease {
  readonly publisher: string;
  readonly at: number;
  readonly digest: string;
  readonly artifacts: readonly string[];
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
