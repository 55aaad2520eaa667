import { compareWithControl } from "../rollout/evidence/control.ts";
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
export function stopTest(counts: ClientCounts, { limit, alpha, control, note }: StopLimit): AnalysisResult {
  // A client that failed was reached, whatever else was counted of it.
  const reached = Math.max(counts.reached, counts.failed);
  const treated = { installed: reached, failed: counts.failed };
  const { stop, eValue, threshold } =
    control === undefined ? shouldStop({ ...treated, limit, alpha }) : compareWithControl(treated, control, alpha);
  const evidence = {
    clients: reached,
    failed: counts.failed,
    ...(control === undefined
      ? { limitBasisPoints: Number((limit * 10_000).toPrecision(6)) }
      : { controlClients: control.clients, controlHealthy: control.healthy }),
    ...(note === undefined ? {} : { compared: note }),
    eValue: Number(eValue.toPrecision(6)),
    threshold,
  };
  const seen = `${counts.failed} of ${reached} clients failed`;
  const most = `${Number((limit * 100).toPrecision(3))}%`;
  const [proved, unproved] =
    control === undefined
      ? [`more than ${most} explains`, `no proof of more than ${most}`]
      : ["more often than the control", "no proof of more often than the control"];
  const compared = note === undefined ? "" : `; ${note}`;
  return stop
    ? {
        analysis: "stop-test",
        verdict: "fail",
        reason: `${seen}: ${proved} (E = ${eValue.toPrecision(3)} ≥ ${threshold})${compared}`,
        evidence,
      }
    : {
        analysis: "stop-test",
        verdict: "pass",
        reason: `${seen}: ${unproved} (E = ${eValue.toPrecision(3)}, stops at ${threshold})${compared}`,
        evidence,
      };
}
