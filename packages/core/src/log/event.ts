export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Something that happened, before it has its place in a log. Past tense, e.g. `ReleasePublished`. */
export interface Fact {
  readonly type: string;
  /** Only what JSON can say. */
  readonly data: object;
}

/** A fact with its place in an application's log: numbered from 1 without gaps and chained to the one before. */
export interface SealedEvent {
  /** The stream: an application's name, or `_server` for what belongs to no application. */
  readonly app: string;
  readonly seq: number;
  /** RFC 3339, UTC, milliseconds. */
  readonly at: string;
  /** Who: a token's name, or `sluice` for what the controller did. */
  readonly actor: string;
  readonly type: string;
  readonly data: { readonly [key: string]: Json | undefined };
  /** `hash` of the event before, 64 zeros for the first. */
  readonly prev: string;
  /** SHA-256, lower-case hex, over the canonical form of all the fields above. */
  readonly hash: string;
}
