import type { GroupCounts, ReleaseCounts } from "./counts.ts";
import type { EvidencePlan } from "./plan.ts";
import type { StopVerdict } from "./stop.ts";

export interface AdmissionInput {
  readonly plan: EvidencePlan;
  /** How many clients the stage has, as far as known; 0 when unknown. */
  readonly fleet: number;
  /** All clients that belong to no halted group. */
  readonly counts: ReleaseCounts;
  /** The groups that were not halted and of which a client was offered the release: at most `plan.groupsMost`. */
  readonly groups: readonly GroupCounts[];
  /** m: how many groups were halted in this rollout. */
  readonly haltedGroups: number;
  /** Since the last group was halted, in ms; null when none was. */
  readonly sinceHaltMs: number | null;
  /** Since the rollout began, without the time that it was paused, in ms. */
  readonly elapsedMs: number;
}

/** What decides how many clients may get the release. */
export type HeldBy = "failures" | "soak" | "missing" | "brake" | "group-halted" | "nothing";

/** The numbers behind a decision: enough to check it by hand. */
export interface AdmissionReason {
  readonly failures: StopVerdict & { readonly n: number; readonly k: number };
  readonly crashes: StopVerdict;
  readonly missing: StopVerdict & { readonly n: number; readonly k: number };
  /** U: how often the release can still fail, as a fraction; the limit or less once the ration is unlimited. */
  readonly upper: number;
  /** How many clients may be at risk at once. */
  readonly ration: number;
  readonly inFlight: number;
  readonly heldBy: HeldBy;
}

export type AdmissionDecision =
  | { readonly verdict: "stop"; readonly cause: "failures" | "crashes" | "missing"; readonly why: AdmissionReason }
  | { readonly verdict: "halt-groups"; readonly groups: readonly string[]; readonly why: AdmissionReason }
  /** The time to decide is over: a person takes it from here, and nobody new gets the release. */
  | { readonly verdict: "undecided"; readonly why: AdmissionReason }
  | {
      readonly verdict: "continue";
      /** How many of the clients that poll now may get the release; `unlimited` when all may. */
      readonly room: number;
      /** For each group given, in the same order. A client needs room in every group that it belongs to. */
      readonly roomByGroup: readonly number[];
      /** The room of any group not given. */
      readonly roomOfUnseenGroup: number;
      readonly why: AdmissionReason;
    };
