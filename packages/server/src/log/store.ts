import type { Head } from "@sluice/core/log/chain.ts";
import type { SealedEvent } from "@sluice/core/log/event.ts";

/** What an append came to: stored, or refused because somebody else appended first. */
export type AppendResult = { readonly ok: true } | { readonly ok: false; readonly head: Head };

/** The lease of the node that leads. */
export const controllerLease = "controller";

/** Held by one node at a time. `fence` only grows: a holder with a smaller one has been replaced. */
export interface Lease {
  readonly name: string;
  readonly holder: string;
  readonly fence: number;
  /** ms since the epoch by the store's clock */
  readonly expiresAt: number;
}

/**
 * The log of every application: all that the control plane knows. Append-only; several nodes may share one.
 *
 * Every method may fail with an OperationalError (STORE_UNAVAILABLE, DISK_FULL): then nothing was stored.
 */
export interface EventStore {
  /**
   * Stores events durably, all or none, directly after `expectedSeq`. When this resolves with ok, they are on disk.
   * The events must be sealed and follow on from each other.
   */
  append(app: string, expectedSeq: number, events: readonly SealedEvent[]): Promise<AppendResult>;
  /** Events with `seq > afterSeq`, in order, at most `limit` (default 1,000). */
  read(app: string, afterSeq: number, limit?: number): Promise<SealedEvent[]>;
  /** Every application that has a log, by name. */
  heads(): Promise<(Head & { readonly app: string })[]>;
  /**
   * Tells of growth, by whichever node: called with the application and its newest number at least once after every append.
   * Calls may be merged. @returns a function that ends it.
   */
  subscribe(listener: (app: string, seq: number) => void): Promise<() => Promise<void>>;
  /** Takes or renews a lease. @returns it, or undefined while another holder has it. */
  acquire(name: string, holder: string, ttlMs: number): Promise<Lease | undefined>;
  /** Gives a lease back, if this holder still has it. */
  release(name: string, holder: string): Promise<void>;
  close(): Promise<void>;
}
