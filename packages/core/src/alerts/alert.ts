import type { Severity } from "../pipeline/values.ts";

/** An alert of a monitor about a release. */
export interface Alert {
  /** What tells one occurrence of an alert from every other. The same again is the same alert. */
  readonly key: string;
  readonly firing: boolean;
  readonly version: string;
  readonly stage?: string;
  readonly title: string;
  readonly severity: Severity;
}
