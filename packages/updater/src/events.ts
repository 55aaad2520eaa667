/** What an updater is doing. `version` is the one it goes to, or back to. */
export interface UpdaterState {
  readonly name:
    | "idle"
    | "checking"
    | "downloading"
    | "installing"
    | "preparing"
    | "switching"
    | "finishing"
    | "confirming"
    | "rolling-back";
  readonly version?: string;
}

export interface Progress {
  readonly component: string;
  /** bytes */
  readonly bytes: number;
  /** bytes */
  readonly total: number;
}

/** What an updater emits, for `EventEmitter<UpdaterEvents>`. */
export interface UpdaterEvents {
  state: [UpdaterState];
  progress: [Progress];
  /** A report was put into the outbox. */
  report: [];
  /** A check found out what there is. */
  found: [CheckResult];
  /** An update or rollback came to its end. */
  ended: [UpdateResult];
  /** Somebody said what shall become of an update on offer. */
  chosen: [];
}

/** What a check found. */
export type CheckResult =
  /** `reason` for programs, `detail` for people. */
  | { readonly kind: "none"; readonly reason: string; readonly detail?: string }
  /** There is something, but it is not tried (again) for now. */
  | { readonly kind: "held"; readonly version: string; readonly reason: string }
  | {
      readonly kind: "update" | "rollback";
      readonly version: string;
      readonly mandatory: boolean;
      /**
       * How long after it was first seen a mandatory update may wait at most, ms, and the release that was mandatory, which is
       * this one or one below it; absent: it waits for its window.
       */
      readonly deadline?: { readonly of: string; readonly withinMs: number };
      /** The beginning of its release notes. */
      readonly summary?: string;
      /** Where to read what is new. */
      readonly releaseNotes?: string;
    };

/** What can be installed. */
export type Offered = Extract<CheckResult, { kind: "update" | "rollback" }>;

/** How an update or rollback ended. */
export type UpdateResult =
  | Exclude<CheckResult, { kind: "update" | "rollback" }>
  | { readonly kind: "completed"; readonly version: string; readonly from?: string }
  /** The new version was not healthy; the old one is, again. */
  | {
      readonly kind: "rolled-back";
      readonly version: string;
      readonly to?: string;
      readonly code: string;
      readonly reason: string;
    }
  | { readonly kind: "failed"; readonly version: string; readonly code: string; readonly reason: string };
