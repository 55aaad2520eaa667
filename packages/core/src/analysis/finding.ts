import type { Evidence } from "../gates/gate.ts";

/**
 * What one measurement came to. Four different things: the release is within its limits (`pass`), is not (`fail`), there was
 * nothing to measure (`inconclusive`), or the measurement itself did not work (`error`), which says nothing of the release.
 */
export type FindingVerdict = "pass" | "fail" | "inconclusive" | "error";

export interface Finding {
  readonly verdict: FindingVerdict;
  /** For people: what was measured, and which limit it met or missed. */
  readonly reason: string;
  /** What was measured and the limits that it was held to. */
  readonly evidence: Evidence;
}

/** A measurement that did not work. `reason` names what was asked and what went wrong. */
export function measurementError(reason: string, evidence: Evidence = {}): Finding {
  return { verdict: "error", reason, evidence };
}
