import type { Release } from "@sluice/core/application/state.ts";
import type { Evidence } from "@sluice/core/gates/gate.ts";
import type { Progress } from "@sluice/core/targets/progress.ts";

/** What a stage asks of one of its targets: what everybody is to have, and what a part gets for now. */
export interface Order {
  /** Names the effect: the same for every repetition of it, another for whatever else is asked. `app/stage/target@17` */
  readonly id: string;
  readonly app: string;
  readonly stage: string;
  /** Number of the event in the log that asks. */
  readonly asked: number;
  /** What everybody is to have who is not in the trial; null: nothing. */
  readonly main: Release | null;
  /** What a share gets for now, in basis points between 1 and 9,999. */
  readonly trial?: { readonly release: Release; readonly basisPoints: number };
  /** The release that has to go: the stage is on its way back. */
  readonly leaving?: Release;
  /** How it came to this, for whoever reads of it elsewhere. */
  readonly account?: Account;
}

/** Which promotion asks something of a target, and who is behind it. */
export interface Account {
  /** The promotion's id: `prod-3`. */
  readonly promotion: string;
  readonly approvedBy: readonly string[];
  /** What was live before, where something was. */
  readonly before?: string;
  /** Why it goes, and who says so. */
  readonly ended?: { readonly reason: string; readonly by: string };
  /** The open issues against what goes. */
  readonly issues?: readonly { readonly id: string; readonly title: string; readonly severity: string }[];
}

/** What was done, for the log: names and values, a few KiB, never a secret. */
export type Done = Evidence;

/** What deploying an order would change. */
export interface Plan {
  readonly changes: boolean;
  /** For a person, at most 64 KiB. */
  readonly text: string;
}

/** Whether what is live is what was asked for: as the target itself says when it is asked anew, by digest where it knows one. */
export interface Found {
  readonly agrees: boolean;
  /** What is live, for a person: also what it should be where it is not. */
  readonly text: string;
  readonly evidence: Evidence;
}

export const capabilities = ["plan", "deploy", "expose", "verify", "rollback"] as const;
export type Capability = (typeof capabilities)[number];

/** Is told how far a call has got, as often as the target likes. It is shown and forgotten: the log has none of it. */
export type Tell = (progress: Progress) => void;

/**
 * Where a stage's release is put. Every call names the whole of what is wanted, so it can be repeated at any time: after a
 * kill in the middle, after its answer was lost, or when it was done long ago. What is there already is left as it is.
 *
 * A call rejects with a `TargetFailure`, which says whether the same call may succeed later. It stops soon after `signal` was
 * aborted, and leaves nothing running; how far it came does not matter, since the next call goes on from there.
 *
 * What takes its time outside, such as a person's word, is not waited for: `deploy` and `rollback` then reject with a
 * `TargetDeferral`, and are called again later.
 */
export interface Target {
  /** What it can do. A member that is not named here is not there, and nobody tries it. */
  readonly can: ReadonlySet<Capability>;
  /** What `deploy` would change. Changes nothing. */
  plan?(order: Order, signal: AbortSignal): Promise<Plan>;
  /** Brings in the newest release of the order. Where nothing can be shown in part, that is what everybody gets. */
  deploy(order: Order, signal: AbortSignal, tell?: Tell): Promise<Done>;
  /** Shares the stage between the releases of the order. Called after `deploy`. */
  expose?(order: Order, signal: AbortSignal): Promise<Done>;
  /** Looks at what is live. Called after everything else, and at any other time. */
  verify?(order: Order, signal: AbortSignal): Promise<Found>;
  /** Takes away the release that leaves and brings the stage back to the order's. */
  rollback(order: Order, signal: AbortSignal, tell?: Tell): Promise<Done>;
}

/** The release of an order that is newest in the stage: what is deployed, and verified where nothing is shown in part. */
export function newestOf(order: Order): Release | null {
  return order.trial?.release ?? order.main;
}
