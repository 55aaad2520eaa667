import type { AdmissionDecision, AdmissionReason } from "../evidence/admission.ts";
import type { GroupCounts, ReleaseCounts } from "../evidence/counts.ts";
import type { StopVerdict } from "../evidence/stop.ts";

/** What a strategy is told: the clock of the rollout and what is known of its clients. */
export interface RolloutView {
  /** Since the rollout began, without the time that it was paused, in ms. */
  readonly elapsedMs: number;
  readonly fleet: number;
  readonly counts: ReleaseCounts;
  readonly groups: readonly GroupCounts[];
  readonly haltedGroups: number;
  readonly sinceHaltMs: number | null;
}

/** Who may get the release: a share of the clients by their buckets, or so many of those that ask. */
export type Exposure =
  | { readonly by: "share"; readonly basisPoints: number }
  | {
      readonly by: "room";
      readonly room: number;
      readonly roomByGroup: readonly number[];
      readonly roomOfUnseenGroup: number;
    };

export type StrategyDecision =
  | { readonly verdict: "stop"; readonly why: StrategyReason }
  | { readonly verdict: "halt-groups"; readonly groups: readonly string[]; readonly why: StrategyReason }
  | { readonly verdict: "undecided"; readonly why: StrategyReason }
  | {
      readonly verdict: "continue";
      readonly exposure: Exposure;
      /** When the answer changes by the clock alone, in ms of `elapsedMs`; null when only new counts can change it. */
      readonly nextDueMs: number | null;
      readonly why: StrategyReason;
    };

/** The numbers of the stop test, or null where it is switched off; for `evidence` those of the whole decision. */
export type StrategyReason =
  | { readonly strategy: "steps" | "linear"; readonly stopTest: StopVerdict | null }
  | {
      readonly strategy: "evidence";
      readonly admission: AdmissionReason;
      readonly cause: (AdmissionDecision & { verdict: "stop" })["cause"] | null;
    };

/** Decides how far a rollout may go. Pure: the same view gives the same answer. */
export type Strategy = (view: RolloutView) => StrategyDecision;

/** The stop test beside a strategy that goes by the clock: the allowed failure rate and the chance of a false stop, as fractions. */
export interface StopTest {
  readonly limit: number;
  readonly alpha: number;
}
