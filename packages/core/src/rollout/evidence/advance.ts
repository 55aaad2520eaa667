/**
 * How bad the release can still be: an upper confidence sequence for its failure rate, right at every moment at once
 * with probability at least 1 − delta, so that it may be looked at after every report.
 *
 * `U(n, k) = sup{ q ≥ k/n : 1/5 Σ_r r^k ((1 − rq)/(1 − q))^(n − k) < 1/delta }`, `r = 0, .1, .25, .5, .75`, 0⁰ = 1: the rates q
 * that a mixture of Wald's likelihood ratios against "r times as many fail" has not refuted. If q is the true rate, each is a
 * martingale along the clients in any fixed order, and Ville's inequality does the rest (Ville 1939; Robbins 1970; Howard,
 * Ramdas, McAuliffe, Sekhon, Annals of Statistics 49(2), 2021). So `n` must count a beginning of that order (see counts.ts).
 *
 * With x = −ln(1 − q) the ratio is r + (1 − r)eˣ: the logarithm of the mixture is convex and rises in x, and Newton's method from the right
 * comes down to the root without ever passing it. It ends after about five steps, on the safe side.
 */

const ratios = [0, 0.1, 0.25, 0.5, 0.75];
const newtonStepsMost = 30;

/**
 * The highest failure rate (fraction) that is still plausible after `k` failures in `n` clients (counts); 1 when nothing is known.
 * Falls with n, rises with k.
 * @throws RangeError when the counts are not 0 ≤ k ≤ n or delta is not inside (0, 1).
 */
export function upperBound(n: number, k: number, delta: number): number {
  check(n, k, delta);
  const healthy = n - k;
  if (healthy === 0) return 1;
  const goal = Math.log(ratios.length / delta);
  let x = startingPoint(healthy, k, goal);
  if (x > 40) return 1;
  for (let step = 0; step < newtonStepsMost; step++) {
    const { value, slope } = mixture(x, healthy, k);
    const down = (value - goal) / slope;
    if (!(down > 1e-9 * x)) break;
    x -= down;
  }
  return -Math.expm1(-x);
}

/**
 * Whether {@link upperBound} is at most `limit`, without computing it: true means that the release is safe to give to everybody.
 * @throws RangeError as {@link upperBound}.
 */
export function isWithin(n: number, k: number, limit: number, delta: number): boolean {
  check(n, k, delta);
  if (limit >= 1) return true;
  if (n === 0 || k / n >= limit) return false;
  return mixture(-Math.log1p(-limit), n - k, k).value >= Math.log(ratios.length / delta);
}

/**
 * ln of the evidence that the failure rate is below `rate` (fraction): the mixture that {@link upperBound} inverts. Rises with the healthy clients and with
 * `rate`, falls with the failures; a supermartingale from 1 along clients that fail at least as often as `rate`.
 * @throws RangeError when the counts are not 0 ≤ k ≤ n or the rate is not in [0, 1).
 */
export function logLowerEvidence(n: number, k: number, rate: number): number {
  checkCounts(n, k);
  if (!(rate >= 0 && rate < 1)) throw new RangeError(`A failure rate must lie between 0 and 1, but it is ${rate}.`);
  return mixture(-Math.log1p(-rate), n - k, k).value - Math.log(ratios.length);
}

function checkCounts(n: number, k: number): void {
  if (!(k >= 0 && k <= n && n < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`Counts must be 0 ≤ failed ≤ clients, but ${k} of ${n} failed.`);
  }
}

function check(n: number, k: number, delta: number): void {
  checkCounts(n, k);
  if (!(delta > 0 && delta < 1)) {
    throw new RangeError(`The chance of a missed bound must lie between 0 and 1, but it is ${delta}.`);
  }
}

/** Where the best single term of the mixture reaches the goal alone: right of the root, and near it. */
function startingPoint(healthy: number, k: number, goal: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (const r of ratios) {
    if (r === 0 && k > 0) continue;
    const logRatio = (goal - (k > 0 ? k * Math.log(r) : 0)) / healthy;
    // (e^y − r)/(1 − r) without loss of digits near y = 0.
    best = Math.min(best, logRatio > 700 ? logRatio : Math.log1p(Math.expm1(logRatio) / (1 - r)));
  }
  return best;
}

/** ln Σ_r r^k (r + (1 − r)eˣ)^healthy, and its derivative in x. */
function mixture(x: number, healthy: number, k: number): { readonly value: number; readonly slope: number } {
  const grown = Math.expm1(x);
  let largest = Number.NEGATIVE_INFINITY;
  let sum = 0;
  let sloped = 0;
  for (const r of ratios) {
    if (r === 0 && k > 0) continue;
    const ratio = 1 + (1 - r) * grown;
    const term = (k > 0 ? k * Math.log(r) : 0) + healthy * Math.log(ratio);
    const slope = (healthy * (1 - r) * (1 + grown)) / ratio;
    if (term > largest) {
      const scale = Math.exp(largest - term);
      sum = sum * scale + 1;
      sloped = sloped * scale + slope;
      largest = term;
    } else {
      const weight = Math.exp(term - largest);
      sum += weight;
      sloped += weight * slope;
    }
  }
  return { value: largest + Math.log(sum), slope: sloped / sum };
}
