/**
 * The stop test: has this release failed more often than its limit allows? It may be asked after every report, for
 * ever, and still stops a release at its limit with probability at most alpha.
 *
 * `E(n, k; p*) = Σ_j w_j (q_j/p*)^k ((1 − q_j)/(1 − p*))^(n − k)`, with `q_j = a_j p*`, is a mixture of Wald's
 * likelihood ratios (Wald 1945) over the failure rates worth catching. `n` counts every client that installed, those that
 * have not reported taken as healthy. Every q_j lies over p*, so a later failure can only raise E: E never exceeds the
 * value that the same clients have once all have reported, in the order of their installs, and that one is a
 * supermartingale under H0: p ≤ p*. By Ville's inequality (Ville 1939) P(E ever ≥ 1/alpha) ≤ alpha, whatever the delays
 * of the reports, also when failures report first. Howard, Ramdas, McAuliffe, Sekhon, Annals of Statistics 49(2), 2021.
 */

/** The alternatives, as multiples of the limit: from "half as bad again" to "every client fails". */
const multiples = [1.5, 2, 3, 5, 10, 20, 50, 90];

/**
 * Their weights, which add up to 1: most on the rates near the limit, which take the most clients to tell from it, and enough on the last
 * ones that three failures in three clients halt one group of forty.
 */
const weights = [0.1, 0.27, 0.18, 0.12, 0.07, 0.06, 0.1, 0.1];

/** No alternative says "certain to fail": one healthy client would make it worthless for good. */
const highestRate = 0.95;

export interface StopCounts {
  /** Clients that installed, whether or not they have reported. */
  readonly installed: number;
  /** Those of them that failed. */
  readonly failed: number;
  /** The failure rate p* that is still allowed, as a fraction in (0, 1). */
  readonly limit: number;
  /** The chance of stopping a release that keeps to its limit, as a fraction in (0, 1). */
  readonly alpha: number;
}

export interface StopVerdict {
  readonly stop: boolean;
  /** The evidence against the release: 1 at the start. */
  readonly eValue: number;
  /** The evidence at which it stops: 1/alpha. */
  readonly threshold: number;
}

/**
 * The natural logarithm of {@link eValue}: finite for every count.
 * @throws RangeError when the counts are not 0 ≤ k ≤ n, or the limit is not inside (0, 1).
 */
export function logEValue(n: number, k: number, limit: number): number {
  if (!(k >= 0 && k <= n && n < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`Counts must be 0 ≤ failed ≤ installed, but ${k} of ${n} failed.`);
  }
  if (!(limit > 0 && limit < 1)) {
    throw new RangeError(`A failure limit must lie between 0 and 1 (1 % is 0.01), but it is ${limit}.`);
  }
  const { failure, success, weight } = ratiosOf(limit);
  let largest = Number.NEGATIVE_INFINITY;
  for (let j = 0; j < multiples.length; j++) {
    largest = Math.max(largest, (weight[j] ?? 0) + k * (failure[j] ?? 0) + (n - k) * (success[j] ?? 0));
  }
  let sum = 0;
  for (let j = 0; j < multiples.length; j++) {
    sum += Math.exp((weight[j] ?? 0) + k * (failure[j] ?? 0) + (n - k) * (success[j] ?? 0) - largest);
  }
  return largest + Math.log(sum);
}

/**
 * The evidence that more than `limit` of the clients fail: `k` failures among `n` clients that installed (counts),
 * `limit` as a fraction. Held at the largest finite number, so that it can be written as JSON.
 * @throws RangeError as {@link logEValue}.
 */
export function eValue(n: number, k: number, limit: number): number {
  return Math.min(Number.MAX_VALUE, Math.exp(logEValue(n, k, limit)));
}

/**
 * Whether the release is to be stopped now. A function of counts alone: the order of the reports does not matter.
 * @throws RangeError as {@link logEValue}, and when alpha is not inside (0, 1).
 */
export function shouldStop({ installed, failed, limit, alpha }: StopCounts): StopVerdict {
  if (!(alpha > 0 && alpha < 1)) {
    throw new RangeError(`The chance of a false stop must lie between 0 and 1, but it is ${alpha}.`);
  }
  const logE = logEValue(installed, failed, limit);
  return {
    stop: logE >= -Math.log(alpha),
    eValue: Math.min(Number.MAX_VALUE, Math.exp(logE)),
    threshold: 1 / alpha,
  };
}

/**
 * How many more clients would stop the release if all of them failed: 0 when it is to be stopped now.
 * @throws RangeError as {@link shouldStop}.
 */
export function failuresToStop(counts: StopCounts): number {
  const { installed, failed, limit, alpha } = counts;
  if (shouldStop(counts).stop) return 0;
  // With so many more the best single alternative stops alone; all together may need fewer.
  const { failure, success, weight } = ratiosOf(limit);
  let more = Number.POSITIVE_INFINITY;
  for (let j = 0; j < multiples.length; j++) {
    const known = (weight[j] ?? 0) + failed * (failure[j] ?? 0) + (installed - failed) * (success[j] ?? 0);
    more = Math.min(more, Math.ceil((-Math.log(alpha) - known) / (failure[j] ?? 0)));
  }
  const stops = (m: number) => shouldStop({ installed: installed + m, failed: failed + m, limit, alpha }).stop;
  while (more > 1 && stops(more - 1)) more--;
  return more;
}

interface Ratios {
  /** ln(q_j / p*) */
  readonly failure: readonly number[];
  /** ln((1 − q_j) / (1 − p*)) */
  readonly success: readonly number[];
  /** ln w_j */
  readonly weight: readonly number[];
}

/** A pipeline has few limits and asks with them for every report: the logarithms are kept for the last ones. */
const kept = new Map<number, Ratios>();
const keptMost = 64;

function ratiosOf(limit: number): Ratios {
  const found = kept.get(limit);
  if (found) return found;
  // A limit near 1 leaves its alternatives half of what is above it, so that each still lies over the limit.
  const highest = Math.max(highestRate, (1 + limit) / 2);
  const rates = multiples.map((multiple) => Math.min(highest, multiple * limit));
  const ratios = {
    failure: rates.map((rate) => Math.log(rate / limit)),
    success: rates.map((rate) => Math.log((1 - rate) / (1 - limit))),
    weight: weights.map((weight) => Math.log(weight)),
  };
  if (kept.size >= keptMost) kept.clear();
  kept.set(limit, ratios);
  return ratios;
}
