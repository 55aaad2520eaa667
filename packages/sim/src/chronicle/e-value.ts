/** Multiples of a limit that are looked for, all alike: the mixture of docs on the stop test in its plainest form. */
const multiples = [1.5, 2, 3, 5, 10, 20, 50, 90];

/**
 * The evidence that more than `limit` (a fraction) of clients fail, where `k` of `n` did: a mean of likelihood ratios (Wald 1945) in its plainest
 * form. The production test weighs them otherwise; whoever compares the two leaves a wide margin.
 */
export function plainEvidence(n: number, k: number, limit: number): number {
  const ratios = multiples.map((multiple) => {
    const rate = Math.min(0.95, multiple * limit);
    return (rate / limit) ** k * ((1 - rate) / (1 - limit)) ** (n - k);
  });
  return ratios.reduce((sum, ratio) => sum + ratio, 0) / multiples.length;
}
