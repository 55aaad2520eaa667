/**
 * What is known of the clients that were offered a release: the only thing that the decisions look at. Counts do not depend on the order in
 * which reports came, and everybody who counts the same clients decides the same.
 *
 * `settled` is the beginning of the order of the offers that is known: the clients before the first one that has neither
 * reported nor passed its deadline, without those that are missing. Taking the reports as they come instead would judge a release whose
 * healthy clients report sooner too kindly; a beginning of a fixed order cannot be chosen by the delays.
 */
export interface ClientCounts {
  /** Offered and taken to be installed, whether or not they have reported. */
  readonly installed: number;
  /** Of those installed: reported a failed update. */
  readonly failed: number;
  /** Of those installed: neither reported nor past the deadline. */
  readonly inFlight: number;
  /** Known up to here, in the order of the offers. */
  readonly settled: number;
  /** Of those settled: failed. */
  readonly settledFailed: number;
}

/**
 * The clients that have had the release for at least a given age, and those of them that crashed at that age or later. A crash before
 * the first age counts as a failed update.
 */
export interface AgeCounts {
  readonly clients: number;
  readonly crashes: number;
}

export interface ReleaseCounts extends ClientCounts {
  /** Past the report deadline. */
  readonly due: number;
  /** Of those due: have not reported. */
  readonly missing: number;
  /** Have not failed, and have not yet had the release for the soak. */
  readonly unsoaked: number;
  /** Were offered the release longer ago than the soak, without those that are missing. */
  readonly soaked: number;
  /** Of those soaked: failed to install or crashed. */
  readonly soakedFailed: number;
  /** One for each crash age of the plan, in its order. */
  readonly ages: readonly AgeCounts[];
}

/** The clients with one value of one attribute. */
export interface GroupCounts extends ClientCounts {
  /** Attribute and value, such as `platform=linux-arm64`. */
  readonly name: string;
}

/** Before the first offer. `ages` is how many crash ages the plan has. */
export function noCounts(ages: number): ReleaseCounts {
  return {
    installed: 0,
    failed: 0,
    inFlight: 0,
    settled: 0,
    settledFailed: 0,
    due: 0,
    missing: 0,
    unsoaked: 0,
    soaked: 0,
    soakedFailed: 0,
    ages: Array.from({ length: ages }, () => ({ clients: 0, crashes: 0 })),
  };
}

/** The counts of two sets of clients together, as when two servers each counted their own. */
export function mergeCounts(a: ReleaseCounts, b: ReleaseCounts): ReleaseCounts {
  return {
    installed: a.installed + b.installed,
    failed: a.failed + b.failed,
    inFlight: a.inFlight + b.inFlight,
    settled: a.settled + b.settled,
    settledFailed: a.settledFailed + b.settledFailed,
    due: a.due + b.due,
    missing: a.missing + b.missing,
    unsoaked: a.unsoaked + b.unsoaked,
    soaked: a.soaked + b.soaked,
    soakedFailed: a.soakedFailed + b.soakedFailed,
    ages: Array.from({ length: Math.max(a.ages.length, b.ages.length) }, (_, index) => ({
      clients: (a.ages[index]?.clients ?? 0) + (b.ages[index]?.clients ?? 0),
      crashes: (a.ages[index]?.crashes ?? 0) + (b.ages[index]?.crashes ?? 0),
    })),
  };
}
