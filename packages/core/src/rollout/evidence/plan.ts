const minute = 60_000;
const hour = 60 * minute;

/** What a rollout may cost and what it must prove. Rates are fractions, times ms. */
export interface EvidencePlan {
  readonly limits: {
    /** p*: the failure rate of the whole fleet that is still allowed. */
    readonly failure: number;
    /** The failure rate of one attribute group that is still allowed. */
    readonly group: number;
    /** c*: the share of clients that may crash after a healthy start. */
    readonly crash: number;
    /** m*: the share of clients that may never report. */
    readonly missing: number;
  };
  /** The chance of stopping a release that keeps to each limit. Their sum is that of a false rollback. */
  readonly alpha: {
    readonly failure: number;
    readonly group: number;
    readonly crash: number;
    readonly missing: number;
  };
  /** The chance that an upper bound is ever too low. */
  readonly delta: number;
  /** K: how many groups are watched alone. The chance of a false halt is shared among so many. */
  readonly groupsMost: number;
  /** How many clients may be at risk: `least` while nothing is known, growing to `most`. */
  readonly ration: Ration;
  /** Nothing is given to everybody before enough clients have had it for so long; null for no soak. */
  readonly soak: Soak | null;
  readonly brake: Brake;
  /** When a client that has not reported counts as missing. */
  readonly reportDeadlineMs: number;
  /** The ages at which crashes are counted, rising. */
  readonly crashAgesMs: readonly number[];
  /** When a rollout that could not be decided is handed to a person; null for never. */
  readonly decideWithinMs: number | null;
}

/** B(u) = min(most, max(least, factor · u^−exponent)). */
export interface Ration {
  readonly least: number;
  readonly factor: number;
  readonly exponent: number;
  readonly most: number;
}

/** What holds a release back before anything is proved. Evidence is 1 at the start, and falls with every healthy client. */
export interface Brake {
  /** From so much evidence on, no more clients are in flight than would stop the release if they failed at the worst plausible rate. */
  readonly evidence: number;
  /** From so much evidence on, no more clients are unsoaked than at the start. */
  readonly soakEvidence: number;
}

export interface Soak {
  readonly ms: number;
  /** B_s = min(most, max(least, share · fleet)): the risk budget of the clients not yet soaked. */
  readonly least: number;
  readonly share: number;
  readonly most: number;
  /** So much of the budget has to soak well before anybody beyond it gets the release. */
  readonly first: number;
  /** The budget is so many times as large from then on. */
  readonly growth: number;
}

/** The soak of this length with the usual budgets. `ms` over 0. */
export function soakOf(ms: number): Soak {
  return { ms, least: 20, share: 0.05, most: 200, first: 0.4, growth: 2 };
}

/** A release may fail in 1 % of the fleet, is rolled back by mistake once in a hundred times at that rate, and soaks for 8 h. */
export const defaultPlan: EvidencePlan = {
  limits: { failure: 0.01, group: 0.02, crash: 0.005, missing: 0.05 },
  alpha: { failure: 0.006, group: 0.002, crash: 0.001, missing: 0.001 },
  delta: 0.05,
  groupsMost: 40,
  ration: { least: 2, factor: 2, exponent: 1.5, most: 20 },
  soak: soakOf(8 * hour),
  brake: { evidence: 0.3, soakEvidence: 2 },
  reportDeadlineMs: 16 * minute,
  crashAgesMs: [15 * minute, 4 * hour, 24 * hour],
  decideWithinMs: null,
};
