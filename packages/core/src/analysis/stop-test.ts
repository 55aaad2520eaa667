import { shouldStop } from "../rollout/evidence/stop.ts";
import type { AnalysisResult } from "./analysis.ts";
import type { StopLimit } from "./compared.ts";
import type { ClientCounts } from "./measurement.ts";

/** How often, at most, a release that is just good enough is stopped by mistake: 4 in 1,000. */
export const stopTestAlpha = 0.004;

/**
 * The sequential test that runs beside every rollout: fails when the clients' failures are more than a release at the limit
 * would show, whenever it is looked at and in whatever order reports come. It never asks for more data.
 */
export function stopTest(counts: ClientCounts, { limit, alpha, note }: StopLimit): AnalysisResult {
  // A client that failed was reached, whatever else was counted of it.
  const reached = Math.max(counts.reached, counts.failed);
  const { stop, eValue, threshold } = shouldStop({
    installed: reached,
    failed: counts.failed,
    limit,
    alpha,
  });
  const evidence = {
    clients: reached,
    failed: counts.failed,
    limitBasisPoints: Number((limit * 10_000).toPrecision(6)),
    ...(note === undefined ? {} : { compared: note }),
    eValue: Number(eValue.toPrecision(6)),
    threshold,
  };
  const seen = `${counts.failed} of ${reached} clients failed`;
  const most = `${Number((limit * 100).toPrecision(3))}%`;
  const compared = note === undefined ? "" : `; ${note}`;
  return stop
    ? {
        analysis: "stop-test",
        verdict: "fail",
        reason: `${seen}: more than ${most} explains (E = ${eValue.toPrecision(3)} ≥ ${threshold})${compared}`,
        evidence,
      }
    : {
        analysis: "stop-test",
        verdict: "pass",
        reason: `${seen}: no proof of more than ${most} (E = ${eValue.toPrecision(3)}, stops at ${threshold})${compared}`,
        evidence,
      };
}
