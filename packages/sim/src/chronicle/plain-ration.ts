import type { EvidenceRules } from "@sluice/core/rollout/schema.ts";

const delta = 0.05;
const ratios = [0, 0.1, 0.25, 0.5, 0.75];

/**
 * How often a release may still fail of whose clients `k` of `n` did: sup{ q ≥ k/n : 1/5 Σ_r r^k ((1 − rq)/(1 − q))^(n − k) < 1/delta }, by halving.
 * Robbins 1970; Howard, Ramdas, McAuliffe, Sekhon, Annals of Statistics 49(2), 2021.
 */
export function plainBound(n: number, k: number): number {
  if (n <= k) return 1;
  const isRefuted = (q: number) =>
    ratios.reduce((sum, r) => sum + (r === 0 && k > 0 ? 0 : r ** k) * ((1 - r * q) / (1 - q)) ** (n - k), 0) /
      ratios.length >=
    1 / delta;
  let [low, high] = [k / n, 1];
  for (let halving = 0; halving < 60; halving++) {
    const middle = (low + high) / 2;
    if (isRefuted(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** How many clients may be at risk at once: B(U) / (U − limit), B(U) = min(most, max(2, 2 U^−1.5)); any number once U is under the limit. */
export function plainRation(rules: EvidenceRules, n: number, k: number): number {
  const limit = rules["max-failure-rate"] / 10_000;
  const upper = plainBound(n, k);
  if (upper <= limit * (1 + 1e-9)) return Number.POSITIVE_INFINITY;
  const budget = Math.min(rules["risk-budget"], Math.max(2, 2 * upper ** -1.5));
  return Math.floor((budget / (upper - limit)) * (1 + 1e-6));
}
