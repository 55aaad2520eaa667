const minute = 60_000;
const hour = 60 * minute;

/** What a release does to its clients. Rates are fractions. */
export interface Scenario {
  /** The share of the affected clients whose install fails, or that crash after the onset. */
  readonly failure: number;
  /** 0: the install fails. More: the client is healthy at first and crashes so many ms later. */
  readonly onsetMs: number;
  /** 1: all clients are affected. Less: only those with one value of an attribute, which so many clients have. */
  readonly attributeShare: number;
  /** Whether a client that fails also goes silent. */
  readonly dark: boolean;
}

/** A fleet of clients that poll. */
export interface Fleet {
  readonly clients: number;
  readonly pollMs: number;
  /** The median time from install to report. */
  readonly reportMs: number;
  /** The share of clients that never report, whatever happens to them. */
  readonly silent: number;
  /** The share of installs that fail with any release: a healthy one too. */
  readonly baseline: number;
  /** How many values the clients' attribute has, and how many clients have the first one. */
  readonly attributeValues: number;
  readonly firstValueShare: number;
}

export const defaultFleet: Fleet = {
  clients: 100_000,
  pollMs: 6 * hour,
  reportMs: Math.sqrt(50) * minute,
  silent: 0.03,
  baseline: 0.005,
  attributeValues: 40,
  firstValueShare: 0.03,
};

const everywhere = { onsetMs: 0, attributeShare: 1, dark: false };

/** The scenarios of the benchmark by their names there. A good release is as good as the baseline. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  "false0.5": { ...everywhere, failure: 0.005 },
  "false0.9": { ...everywhere, failure: 0.009 },
  bad2: { ...everywhere, failure: 0.02 },
  bad5: { ...everywhere, failure: 0.05 },
  bad20: { ...everywhere, failure: 0.2 },
  bad100: { ...everywhere, failure: 1 },
  latent6h: { ...everywhere, failure: 0.05, onsetMs: 6 * hour },
  subgroup3: { ...everywhere, failure: 1, attributeShare: 0.03 },
  dark20: { ...everywhere, failure: 0.2, dark: true },
};
