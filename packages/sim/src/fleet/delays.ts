import type { Random } from "./random.ts";

const quantiles = 4096;
/** Half the distance between the 5 % and the 95 % quantile of the standard normal distribution. */
const ninetyFive = 1.6448536269514722;

/**
 * How long a client takes from its install to its report: lognormal, 5 % to 95 % between 5/√50 and 10/√50 of the median, clipped to
 * [5, 15]/√50 of it. A median of √50 = 7.07 minutes gives 5 to 10 minutes, clipped to [5, 15].
 */
export class ReportDelays {
  readonly #ms: Float64Array;
  /** No report comes later than this, in ms. */
  readonly longestMs: number;

  constructor(medianMs: number) {
    const unit = medianMs / Math.sqrt(50);
    const sigma = Math.log(2) / 2 / ninetyFive;
    this.longestMs = 15 * unit;
    this.#ms = Float64Array.from({ length: quantiles }, (_, index) => {
      const delay = medianMs * Math.exp(sigma * normalQuantile((index + 0.5) / quantiles));
      return Math.min(this.longestMs, Math.max(5 * unit, delay));
    });
  }

  /** One delay, in ms. */
  draw(random: Random): number {
    return this.#ms[random.below(quantiles)] ?? 0;
  }
}

/** The inverse of the normal distribution: Acklam's rational approximation, relative error under 1.2e-9. */
export function normalQuantile(p: number): number {
  const low = 0.02425;
  if (p < low) return tail(Math.sqrt(-2 * Math.log(p)));
  if (p > 1 - low) return -tail(Math.sqrt(-2 * Math.log(1 - p)));
  const q = p - 0.5;
  const r = q * q;
  const over = polynomial(
    r,
    [
      -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
      2.506628277459239,
    ],
  );
  const under = polynomial(
    r,
    [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1],
  );
  return (over * q) / under;
}

function tail(q: number): number {
  const over = polynomial(
    q,
    [
      -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
      2.938163982698783,
    ],
  );
  const under = polynomial(q, [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1]);
  return over / under;
}

function polynomial(x: number, coefficients: readonly number[]): number {
  let value = 0;
  for (const coefficient of coefficients) value = value * x + coefficient;
  return value;
}
