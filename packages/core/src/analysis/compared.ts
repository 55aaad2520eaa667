import type { GateContext } from "../gates/gate.ts";
import type { Control } from "../rollout/evidence/control.ts";
import { historyLeast, limitOfHistory } from "../rollout/evidence/history.ts";
import { controlGroup } from "./control-group.ts";
import { countsOf } from "./measurement.ts";
import { stopTestAlpha } from "./stop-test.ts";

/** What the stop test holds a release to, and why. */
export interface StopLimit {
  /** The failure rate above which a release does harm, as a fraction. */
  readonly limit: number;
  readonly alpha: number;
  /** Instead of the limit: it may not fail more often than these clients of the release before. */
  readonly control?: Control;
  /** Where the stage asks for a comparison: what is in force, for a person. */
  readonly note?: string;
}

/** The pipeline's own limit. @param basisPoints the failure rate above which a release does harm */
export function fixedLimit(basisPoints: number): StopLimit {
  return { limit: basisPoints / 10_000, alpha: stopTestAlpha };
}

/**
 * What a stage's stop test holds a release to: the pipeline's limit, or, where the stage compares, the clients that took the release before on in the same
 * time, or the rate at which that one may still fail; the pipeline's limit again while too few clients have said how it went.
 * @param basisPoints the pipeline's limit
 */
export function stopLimit(context: GateContext, basisPoints: number): StopLimit {
  const { stage, release, measurements } = context;
  const test = stage["stop-test"];
  if (typeof test === "boolean" || measurements === undefined) return fixedLimit(basisPoints);
  if (test.compare === "history") return byHistory(context, basisPoints, stopTestAlpha);
  const group = controlGroup(context.state, stage, release.version);
  if (group === undefined) return byHistory(context, basisPoints, stopTestAlpha);
  const { since, clients, healthy } = countsOf(measurements, stage.name, group.version).newcomers ?? noNewcomers;
  const control = since === group.since ? { clients, healthy } : noNewcomers;
  // Which of the two tests is in force depends on what is seen: each has half of the chance of a mistake.
  const alpha = stopTestAlpha / 2;
  const took = `took ${group.version} on in the same time`;
  if (control.clients < historyLeast) {
    const until = byHistory(context, basisPoints, alpha);
    return { ...until, note: `${until.note}; ${control.clients} of ${historyLeast} clients ${took}` };
  }
  const unwell = control.clients - control.healthy;
  return {
    limit: basisPoints / 10_000,
    alpha,
    control,
    note: `compared with the ${control.clients} clients that ${took}: ${unwell} of them failed or have not said`,
  };
}

const noNewcomers = { since: undefined, clients: 0, healthy: 0 };

/** By the last other release that was fully rolled out in the stage and not rolled back. */
function byHistory({ stage, stageState, release, measurements = [] }: GateContext, basisPoints: number, alpha: number) {
  const fixed = { limit: basisPoints / 10_000, alpha };
  const before = [...stageState.completed.keys()].findLast((version) => version !== release.version);
  const own = `${basisPoints / 100}% may fail`;
  if (before === undefined) return { ...fixed, note: `${own}: there is no earlier release to compare with` };
  const { healthy, failed } = countsOf(measurements, stage.name, before);
  const clients = healthy + failed;
  const delta = alpha / 2;
  const limit = limitOfHistory({ clients, failed }, delta);
  if (limit === undefined)
    return { ...fixed, note: `${own}: only ${clients} of ${historyLeast} clients have said how ${before} went` };
  const share = `${Number((limit * 100).toPrecision(2))}%`;
  return {
    limit,
    alpha: alpha - delta,
    note: `${share} may fail, compared with ${before}: ${failed} of ${clients} clients failed on it`,
  };
}
