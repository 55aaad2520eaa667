import type { AnalysisResult } from "./analysis.ts";
import type { ClientCounts } from "./measurement.ts";

/**
 * What the clients' reports say of going on: passes when enough clients are confirmed healthy and the failures among those
 * that reported are within the limit. It never fails by itself: whether failures prove harm is the stop test's business.
 * @param limits `max-failure-rate` in basis points, `min-clients` confirmed healthy clients
 */
export function judgeClients(
  counts: ClientCounts,
  limits: { "max-failure-rate": number; "min-clients": number },
): AnalysisResult {
  const { healthy, failed, reached } = counts;
  const evidence = {
    reached,
    healthy,
    failed,
    maxFailureBasisPoints: limits["max-failure-rate"],
    minClients: limits["min-clients"],
  };
  const result = (verdict: "pass" | "inconclusive", reason: string): AnalysisResult => ({
    analysis: "clients",
    verdict,
    reason,
    evidence,
  });
  if (healthy < limits["min-clients"])
    return result("inconclusive", `${healthy} of at least ${limits["min-clients"]} clients confirmed healthy`);
  if (failed * 10_000 > limits["max-failure-rate"] * (healthy + failed))
    return result(
      "inconclusive",
      `${failed} of ${healthy + failed} clients failed, more than ${limits["max-failure-rate"] / 100}%, which is not yet proof`,
    );
  return result("pass", `${healthy} clients healthy, ${failed} failed`);
}
