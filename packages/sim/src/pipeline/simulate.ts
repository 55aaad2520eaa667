import type { Pipeline } from "@sluice/core/pipeline/schema.ts";
import { tickOf } from "../fleet/audience.ts";
import type { Fleet, Scenario } from "../fleet/scenario.ts";
import type { Outcome } from "../fleet/simulate.ts";
import { Rehearsal } from "./rehearsal.ts";
import { StageAudience } from "./stage-audience.ts";

const minute = 60_000;
const day = 24 * 60 * minute;

/** One release in one pipeline. */
export interface PipelineRun {
  readonly pipeline: Pipeline;
  /** The clients of each stage, in the pipeline's order. All poll and report alike. */
  readonly fleets: readonly Fleet[];
  readonly scenario: Scenario;
  readonly seed: number;
}

/** A release that needs longer than this is not said to reach everybody. */
const longestMs = 90 * day;

/** How often counts are looked at that a failure did not change, in ms: where they pay for exposure, often enough to lose no time. */
function lookMs(stages: readonly StageAudience[], fleets: readonly Fleet[]): number {
  return stages.some(({ pays }) => pays) ? Math.min(...fleets.map(({ reportMs }) => reportMs / 60)) : minute;
}

/**
 * One release on its way through all stages, each with clients of its own, decided by the production `decide`, and let in by the
 * production `grantsOf` where exposure is paid for with evidence. `harmed` and `installed` are of all stages
 * together, `spreadAtMs` is when 99 % of the last stage's clients had it. The same seed gives the same outcome.
 */
export function simulatePipeline({ pipeline, fleets, scenario, seed }: PipelineRun): Outcome {
  const rehearsal = new Rehearsal(pipeline);
  const tickMs = Math.min(...fleets.map(tickOf));
  const stages = pipeline.stages.map((stage, index) => {
    const fleet = fleets[index];
    if (fleet === undefined) throw new RangeError(`Stage ${stage.name} has no clients.`);
    return new StageAudience(stage, fleet, scenario, { tickMs, seed: seed * 101 + index, askMs: rehearsal.askMs });
  });
  const last = stages.at(-1)?.audience;
  const look = Math.max(1, Math.floor(lookMs(stages, fleets) / tickMs));
  let due = rehearsal.nextDueMs();
  let stoppedAt: number | null = null;
  let failures = 0;
  let revision = -1;
  const sum = (of: (stage: StageAudience) => number) => stages.reduce((total, stage) => total + of(stage), 0);
  const revisionOf = ({ audience }: StageAudience) => audience.revision;

  const decide = (tick: number) => {
    // What just began is not among the counts yet, and a group that was just halted still is: then they are taken again.
    for (let under = ""; under !== rehearsal.underCount; ) {
      under = rehearsal.underCount;
      rehearsal.advance(
        tick * tickMs,
        stages.map((stage) => stage.counts(rehearsal.promotion(stage.name), rehearsal.startedAt)),
      );
      for (const stage of stages) stage.halt(rehearsal.promotion(stage.name), tick);
    }
    due = rehearsal.nextDueMs();
    if (stoppedAt === null && rehearsal.caught) stoppedAt = tick;
    for (const stage of stages) {
      if (rehearsal.isTakenBack(stage.name)) stage.audience.takeBack(tick);
      stage.expose(rehearsal.share(stage.name), tick);
    }
  };
  decide(0);
  let allAt: number | null = null;
  for (let tick = 1; tick * tickMs <= longestMs; tick++) {
    for (const { audience } of stages) audience.pass(tick);
    const failed = sum(({ audience }) => audience.ledger.failures);
    const changed = tick % look === 0 && sum(revisionOf) !== revision;
    if (failed !== failures || changed || (due !== undefined && tick * tickMs >= due)) {
      failures = failed;
      revision = sum(revisionOf);
      decide(tick);
    }
    if ((stoppedAt !== null || rehearsal.held) && !rehearsal.underWay) break;
    if (allAt === null && last?.remaining === 0) allAt = tick;
    if (allAt !== null && tick > allAt + (last?.afterwards ?? 0)) break;
    for (const stage of stages) stage.poll(tick, rehearsal.grant(stage.name));
  }
  for (const { audience } of stages) audience.finish();
  const spreadAt = last?.spreadAt ?? null;
  return {
    harmed: sum(({ audience }) => audience.harmed),
    installed: sum(({ audience }) => audience.ledger.offered),
    stoppedAtMs: stoppedAt === null ? null : stoppedAt * tickMs,
    haltedGroups: sum(({ haltedGroups }) => haltedGroups),
    spreadAtMs: spreadAt === null ? null : spreadAt * tickMs,
  };
}
