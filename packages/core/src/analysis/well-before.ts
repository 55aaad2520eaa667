import { gateContext } from "../application/context.ts";
import type { Evidence, GateContext } from "../gates/gate.ts";
import { worst } from "./analysis.ts";
import { judge } from "./judge.ts";
import { countsOf } from "./measurement.ts";

/** Whether a release is well in a stage at this moment, and what that rests on. */
export interface Wellness {
  readonly well: boolean;
  readonly reason: string;
  readonly evidence: Evidence;
}

/**
 * Whether a release is well in the stage before the one that it is to enter: fully rolled out there, every analysis of that
 * stage passes, and enough clients have confirmed their health. Without measurements it is not.
 * @param least clients confirmed healthy
 */
export function wellBefore({ state, release, previous, now, measurements }: GateContext, least: number): Wellness {
  const no = (reason: string, evidence: Evidence = {}): Wellness => ({ well: false, reason, evidence });
  const context = previous && gateContext(state, previous.name, release.version, now, measurements);
  if (previous === undefined || context === undefined) return no("there is no stage before this one");
  if (!previous.completed.has(release.version)) return no(`it is not fully rolled out in ${previous.name}`);
  if (measurements === undefined) return no("the clients' reports have not been counted");
  const { healthy, failed } = countsOf(measurements, previous.name, release.version);
  const evidence = { stage: previous.name, healthy, failed, least };
  if (healthy < least)
    return no(`${healthy} of at least ${least} clients of ${previous.name} confirmed healthy`, evidence);
  const results = judge(state, context, measurements);
  const bad = results
    .filter(({ verdict }) => verdict !== "pass")
    .map(({ analysis, reason }) => `${analysis}: ${reason}`);
  return worst(results) === "pass"
    ? { well: true, reason: `${healthy} clients of ${previous.name} are well`, evidence }
    : no(bad.join("; "), evidence);
}
