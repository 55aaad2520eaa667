import type { Evidence } from "../gates/gate.ts";

/** Pass, fail and inconclusive are three things. Only a pass advances; a missing measurement is not a pass. */
export type AnalysisVerdict = "pass" | "fail" | "inconclusive";

export interface AnalysisResult {
  /** As the pipeline file names it, or `stop-test`. */
  readonly analysis: string;
  readonly verdict: AnalysisVerdict;
  readonly reason: string;
  readonly evidence: Evidence;
}

/** The worst of several: one failure fails, and only if all pass do they pass. */
export function worst(results: readonly AnalysisResult[]): AnalysisVerdict {
  if (results.some((result) => result.verdict === "fail")) return "fail";
  return results.every((result) => result.verdict === "pass") ? "pass" : "inconclusive";
}
