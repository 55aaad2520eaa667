import type { Newcomers } from "@sluice/core/analysis/measurement.ts";
import type { AttemptStore } from "./attempts.ts";

/** What a client says of an update it tried. */
export type ReportStatus =
  | "in-progress"
  | "completed"
  | "failed"
  | "rolled-back"
  /** It was offered the version and waits: for its window, or for a person. */
  | "deferred"
  /** What it has installed was changed by hand: says nothing of the release, nor of an update. */
  | "altered";

export interface Report {
  readonly app: string;
  readonly channel: string;
  readonly clientId: string;
  /** The version that the report is about. */
  readonly version: string;
  readonly status: ReportStatus;
  /** With `rolled-back`: it went back because it was told to, and had not failed. Not kept beyond the counts. */
  readonly ordered?: boolean;
  /** Id of the promotion that brought it the version, as far as known: what counts as one try. Not kept beyond the counts. */
  readonly promotion?: string;
  /** The client is let in by a share that the feed names, so that it may go on at any time, also where it waits. Not kept beyond the counts. */
  readonly byShare?: boolean;
  /** The groups that the client belongs to. Not kept beyond the counts. */
  readonly groups?: readonly string[];
  /** ms since the epoch, by the server's clock, when the report arrived. */
  readonly receivedAt: number;
  /** RFC 3339, by the client's clock; not trusted for anything. */
  readonly clientTime?: string;
  /** JSON, at most 16 KiB. */
  readonly details?: string;
}

/** Distinct clients of one version on one channel. A client counts once in each column, whatever it repeats. */
export interface ReportCounts {
  readonly app: string;
  readonly channel: string;
  readonly version: string;
  /** Clients that said anything of this version: they were reached. */
  readonly reached: number;
  /** Clients whose health was confirmed on this version and that have not failed on it. */
  readonly healthy: number;
  /** Clients that ever reported `failed`, or `rolled-back` without having been told to: harmed. */
  readonly failed: number;
  /** Clients that went back from it. */
  readonly rolledBack: number;
}

/** Which clients are meant: those that reported anything on a channel from one moment on and before another, ms since the epoch. */
export interface KnownQuery {
  readonly since: number;
  readonly before: number;
  /** Only ids that stand after this one in the store's order; the empty one is before all. */
  readonly after: string;
  readonly limit: number;
}

export interface ChannelClients {
  readonly channel: string;
  readonly clients: number;
}

/**
 * Client reports. They are not control: they live in tables of their own, and only what they prove enters the log.
 * Idempotent: the same client, channel, version and status again changes nothing.
 */
export interface ReportStore extends AttemptStore {
  /** Stores reports durably: when this resolves, they are on disk. May fail with an OperationalError; then nothing was stored. */
  record(reports: readonly Report[]): Promise<void>;
  /** Counts of every version on every channel of an application. */
  counts(app: string): Promise<ReportCounts[]>;
  /**
   * How many distinct clients of a channel took a version on since a moment (ms since the epoch), having said nothing of it before, and
   * how many of them confirmed their health and have not failed or gone back since.
   */
  newcomers(app: string, channel: string, version: string, since: number): Promise<Newcomers>;
  /** How many distinct clients of an application have reported on each channel since a moment, ms since the epoch. */
  seen(app: string, since: number): Promise<ChannelClients[]>;
  /** The ids of the clients that have reported on a channel, in an order of the store's own, each once. */
  known(app: string, channel: string, query: KnownQuery): Promise<string[]>;
  /** Newest first, at most `limit`; for people. */
  recent(
    app: string,
    filter: { readonly version?: string; readonly clientId?: string },
    limit: number,
  ): Promise<Report[]>;
}
