import type { GateContext } from "../gates/gate.ts";
import { historyLeast, limitOfHistory } from "../rollout/evidence/history.ts";
import { countsOf } from "./measurement.ts";
import { stopTestAlpha } from "./stop-test.ts";

/** What the stop test holds a release to, and why. */
export interface StopLimit {
  /** The failure rate above which a release does harm, as a fraction. */
  readonly limit: number;
  readonly alpha: number;
  /** Where the stage asks for a comparison: which limit is in force, for a person. */
  readonly note?: string;
}

/** The pipeline's own limit. @param basisPoints the failure rate above which a release does harm */
export function fixedLimit(basisPoints: number): StopLimit {
  return { limit: basisPoints / 10_000, alpha: stopTestAlpha };
}

/**
 * The limit of a stage's stop test: the pipeline's, or, where the stage compares with history, the rate at which the last other release that was
 * fully rolled out there, and not rolled back, may still fail; the pipeline's again while too few clients have said how that went.
 * @param basisPoints the pipeline's limit
 */
export function stopLimit(context: GateContext, basisPoints: number): StopLimit {
  const { stage, stageState, release, measurements } = context;
  const fixed = fixedLimit(basisPoints);
  const test = stage["stop-test"];
  if (typeof test === "boolean" || measurements === undefined) return fixed;
  const before = [...stageState.completed.keys()].findLast((version) => version !== release.version);
  const own = `${basisPoints / 100}% may fail`;
  if (before === undefined) return { ...fixed, note: `${own}: there is no earlier release to compare with` };
  const { healthy, failed } = countsOf(measurements, stage.name, before);
  const clients = healthy + failed;
  const delta = stopTestAlpha / 2;
  const limit = limitOfHistory({ clients, failed }, delta);
  if (limit === undefined)
    return { ...fixed, note: `${own}: only ${clients} of ${historyLeast} clients have said how ${before} went` };
  const share = `${Number((limit * 100).toPrecision(2))}%`;
  return {
    limit,
    alpha: stopTestAlpha - delta,
    note: `${share} may fail, compared with ${before}: ${failed} of ${clients} clients failed on it`,
  };
}
