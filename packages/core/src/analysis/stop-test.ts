import { shouldStop } from "../rollout/evidence/stop.ts";
import type { AnalysisResult } from "./analysis.ts";
import type { ClientCounts } from "./measurement.ts";

/** How often, at most, a release that is just good enough is stopped by mistake: 4 in 1,000. */
export const stopTestAlpha = 0.004;

/**
 * The sequential test that runs beside every rollout: fails when the clients' failures are more than a release at the limit
 * would show, whenever it is looked at and in whatever order reports come. It never asks for more data.
 * @param limit the failure rate above which a release does harm, in basis points
 */
export function stopTest(counts: ClientCounts, limit: number): AnalysisResult {
  // A client that failed was reached, whatever else was counted of it.
  const reached = Math.max(counts.reached, counts.failed);
  const { stop, eValue, threshold } = shouldStop({
    installed: reached,
    failed: counts.failed,
    limit: limit / 10_000,
    alpha: stopTestAlpha,
  });
  const evidence = {
    clients: reached,
    failed: counts.failed,
    limitBasisPoints: limit,
    eValue: Number(eValue.toPrecision(6)),
    threshold,
  };
  const seen = `${counts.failed} of ${reached} clients failed`;
  return stop
    ? {
        analysis: "stop-test",
        verdict: "fail",
        reason: `${seen}: more than ${limit / 100}% explains (E = ${eValue.toPrecision(3)} ≥ ${threshold})`,
        evidence,
      }
    : {
        analysis: "stop-test",
        verdict: "pass",
        reason: `${seen}: no proof of more than ${limit / 100}% (E = ${eValue.toPrecision(3)}, stops at ${threshold})`,
        evidence,
      };
}
