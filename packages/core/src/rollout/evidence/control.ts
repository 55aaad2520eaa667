import { logLowerEvidence } from "./advance.ts";
import { logEValue, type StopVerdict } from "./stop.ts";

/** Clients that took the old release on while the new one was rolling out: how many, and how many of them are known to be well. */
export interface Control {
  readonly clients: number;
  readonly healthy: number;
}

/** The clients of the new release: how many installed it, and how many of them failed. */
export interface Treated {
  readonly installed: number;
  readonly failed: number;
}

const halvingsMost = 200;
/** The search ends when it knows ln E so closely. */
const closeEnough = 0.05;

/**
 * Whether a new release is proved to fail more often than the old one does in the same time: a two-sample e-process against H0 "no client of the new
 * release fails more often than the control's do", with the control's own rate unknown. It may be asked after every report, and stops a release that
 * is no worse with probability at most alpha.
 *
 * Were the control's rate known to be c, three things would speak against H0, and so would their mean: S(c), the stop test at the limit c, of the new release's
 * clients; C(c), the mixture behind the upper bound of `advance.ts`, of the control's; and S(c) · C(c), as the clients are different ones. Each is a supermartingale
 * from 1 (Ville 1939; products and means of e-processes: Vovk and Wang, Annals of Statistics 49(3), 2021). As c is unknown, the lowest value over all
 * c counts: E = inf over c of (S + C + S · C) / 3 is never above that of the true one (Ramdas, Ruf, Larsson, Koolen, arXiv 2009.03167; Wasserman, Ramdas, Balakrishnan,
 * PNAS 117(29), 2020), and P(E ever ≥ 1/alpha) ≤ alpha. The rates may move meanwhile, as long as some level lies between the two.
 *
 * Delays do no harm: whoever has not said how it went counts as healthy on the new release and as failed on the old one, either of which only lowers E.
 * @throws RangeError when the counts are not counts, or alpha is not inside (0, 1).
 */
export function compareWithControl(
  { installed, failed }: Treated,
  { clients, healthy }: Control,
  alpha: number,
): StopVerdict {
  if (!(alpha > 0 && alpha < 1))
    throw new RangeError(`The chance of a false stop must lie between 0 and 1, but it is ${alpha}.`);
  if (!(failed >= 0 && failed <= installed) || !(healthy >= 0 && healthy <= clients))
    throw new RangeError(
      `Counts must be parts of their clients, but are ${failed} of ${installed} and ${healthy} of ${clients}.`,
    );
  const logE = lowest(
    (c) => logEValue(installed, failed, c),
    (c) => logLowerEvidence(clients, clients - healthy, c),
    failed / Math.max(1, installed),
  );
  return {
    stop: logE >= -Math.log(alpha),
    eValue: Math.min(Number.MAX_VALUE, Math.exp(logE)),
    threshold: 1 / alpha,
  };
}

/**
 * A lower bound, close to the value, of ln of the least of (S + C + S · C) / 3 over all c. Up to `seen`, the new release's own rate, S only falls with c, and C only
 * ever rises: so S at the upper end and C at the lower end of an interval are below both anywhere inside, and halving the interval with the
 * lowest such bound closes in on the least. Beyond `seen`, C alone is enough of a bound.
 */
function lowest(logS: (c: number) => number, logC: (c: number) => number, seen: number): number {
  const most = Math.min(seen, 1 - Number.EPSILON);
  if (most === 0) return logC(0) - Math.log(3);
  const beyond = logC(most) - Math.log(3);
  const end = { c: most, s: logS(most), k: logC(most) };
  // From there down to 0 S is not lower than here, and C not lower than at 0.
  const begin = { c: most * 1e-9, s: logS(most * 1e-9), k: logC(0) };
  const intervals = [{ from: begin, to: end, least: together(end.s, begin.k) }];
  let known = Math.min(beyond, together(end.s, end.k));
  for (let halving = 0; halving < halvingsMost; halving++) {
    intervals.sort((a, b) => b.least - a.least);
    const worst = intervals.at(-1);
    if (worst === undefined || worst.least >= known - closeEnough) break;
    intervals.pop();
    const c = Math.sqrt(worst.from.c * worst.to.c);
    const middle = { c, s: logS(c), k: logC(c) };
    known = Math.min(known, together(middle.s, middle.k));
    intervals.push(
      { from: worst.from, to: middle, least: together(middle.s, worst.from.k) },
      { from: middle, to: worst.to, least: together(worst.to.s, middle.k) },
    );
  }
  return Math.min(beyond, together(begin.s, begin.k), ...intervals.map(({ least }) => least));
}

/** ln((e^s + e^k + e^(s + k)) / 3) */
function together(s: number, k: number): number {
  const largest = Math.max(s, k, s + k);
  return largest + Math.log((Math.exp(s - largest) + Math.exp(k - largest) + Math.exp(s + k - largest)) / 3);
}
