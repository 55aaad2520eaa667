/** A version that is here, and where. */
export interface Installed {
  readonly version: string;
  /** Absolute folder of the whole version; a component lies in it under its name. */
  readonly folder: string;
}

/** What a transaction does to an installation. */
export interface Change {
  /** The transaction's. */
  readonly id: string;
  /** Absent: nothing was installed. */
  readonly from?: Installed | undefined;
  readonly to: Installed;
  /** Absolute folder in which this component may keep what it needs to go back; made when it is needed. */
  readonly backup: string;
}

/**
 * One kind of component: how a version of it becomes the one in use, and how that is taken back. Everything may be called again after
 * it was cut off anywhere, and then ends the same. Failures are UpdaterErrors that tell a person what to do.
 */
export interface ComponentDriver {
  readonly name: string;
  /** Lower ones are changed first, and taken back last. */
  readonly order: number;
  /** Adds what belongs to a version before it is whole. @param folder of the component, not yet where it will be */
  stage?(folder: string, version: string): Promise<void>;
  /** Refuses what cannot be done, and backs up what `revert` may need. Changes nothing that is in use. */
  prepare(change: Change, signal: AbortSignal): Promise<void>;
  /** Makes `to` the version in use. */
  apply(change: Change, signal: AbortSignal): Promise<void>;
  /** Takes `apply` and `finish` back, whether they were done wholly, in part, or not at all. */
  revert(change: Change): Promise<void>;
  /** What is done only once the whole is healthy, and before it is committed. */
  finish(change: Change, signal: AbortSignal): Promise<void>;
  /** What is wrong with it, asked anew; undefined when nothing is. */
  problem?(version: Installed, signal: AbortSignal): Promise<string | undefined>;
}
