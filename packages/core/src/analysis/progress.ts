import type { Evidence } from "../gates/gate.ts";
import { fromRfc3339, type Millis } from "../time/instant.ts";
import type { FindingVerdict } from "./finding.ts";

/** A measurement as the log keeps it. */
export type MeasurementRecord = {
  /** The promotion that it was taken for. */
  readonly id: string;
  readonly stage: string;
  readonly version: string;
  readonly analysis: string;
  /** RFC 3339: when it began. */
  readonly at: string;
  readonly verdict: FindingVerdict;
  readonly reason: string;
  /** What was measured, and its limit. */
  readonly evidence: Evidence;
  /** What it counted for, for people. */
  readonly counted: string;
  /** Whether it is one of the failures that the analysis has a limit for. */
  readonly failure: boolean;
  /** How many measurements since the one recorded before came out as that one, and were not recorded. */
  readonly alike: number;
};

interface Seen {
  readonly at: Millis;
  readonly verdict: FindingVerdict;
  readonly reason: string;
  readonly evidence: Evidence;
}

/** How far the measurements of one analysis of one promotion have come: a fold over its records. */
export interface AnalysisProgress {
  readonly last: Seen;
  /** The last that worked. */
  readonly lastMeasured?: Seen;
  readonly lastFailure?: Seen;
  /** Since when they have all come out the same. */
  readonly steadySince: Millis;
  /** Since when nothing has passed that had failed. */
  readonly failingSince?: Millis;
  /** Passes since the exposure rose last. */
  readonly passes: number;
  readonly failures: number;
  readonly inconclusive: number;
  readonly errorsInRow: number;
}

export function foldMeasurement(before: AnalysisProgress | undefined, record: MeasurementRecord): AnalysisProgress {
  const { verdict, reason, evidence } = record;
  const seen: Seen = { at: fromRfc3339(record.at), verdict, reason, evidence };
  const { failingSince, ...rest } = before ?? emptyProgress(seen);
  const failing = verdict === "pass" ? undefined : (failingSince ?? (verdict === "fail" ? seen.at : undefined));
  return {
    ...rest,
    last: seen,
    ...(verdict === "error" ? {} : { lastMeasured: seen }),
    ...(record.failure ? { lastFailure: seen } : {}),
    steadySince: rest.last.verdict === verdict ? rest.steadySince : seen.at,
    ...(failing === undefined ? {} : { failingSince: failing }),
    passes: rest.passes + (verdict === "pass" ? 1 : 0),
    failures: rest.failures + (record.failure ? 1 : 0),
    inconclusive: rest.inconclusive + (verdict === "inconclusive" ? 1 : 0),
    errorsInRow: verdict === "error" ? rest.errorsInRow + 1 : 0,
  };
}

function emptyProgress(seen: Seen): AnalysisProgress {
  return { last: seen, steadySince: seen.at, passes: 0, failures: 0, inconclusive: 0, errorsInRow: 0 };
}
