import type { ReleaseCounts } from "@sluice/core/rollout/evidence/counts.ts";
import type { Ledger } from "./ledger.ts";

/** What a policy says now. What it leaves out stays as it was. */
export interface Control {
  readonly stop?: boolean;
  /** The numbers of the groups to halt. */
  readonly halt?: readonly number[];
  /** The share of the clients, by their buckets, that may get the release. */
  readonly share?: number;
  /** How many more clients may get it now, whichever poll first. */
  readonly room?: number;
  /** How many more a share takes in from now on, whenever they poll; once all may, `share` says so. */
  readonly letIn?: number;
  /** How many more of each group. */
  readonly roomByGroup?: readonly number[];
}

/** One policy in one run. */
export interface Policy {
  /** Null: asked whenever the counts change. Otherwise asked so often, in ms. */
  readonly everyMs: number | null;
  decide(elapsedMs: number, ledger: Ledger, told: Told): Control;
}

/** What is known where clients are let in by a share. */
interface Told {
  readonly counts: ReleaseCounts;
  /** Those who said that they began. */
  readonly known: Ledger;
}

/** A policy that can be started for each run anew. */
export interface PolicyKind {
  readonly name: string;
  readonly start: (fleet: number) => Policy;
  /** What the policy wants counted, in ms. */
  readonly deadlineMs: number;
  readonly soakMs: number | null;
  readonly agesMs: readonly number[];
  /** Where clients are let in by a share: how long it takes until everybody has read it, in ms. */
  readonly askMs?: number;
}
