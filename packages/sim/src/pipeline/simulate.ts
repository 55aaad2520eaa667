import type { ClientCounts } from "@sluice/core/analysis/measurement.ts";
import type { Pipeline } from "@sluice/core/pipeline/schema.ts";
import { Audience, tickOf } from "../fleet/audience.ts";
import type { Fleet, Scenario } from "../fleet/scenario.ts";
import type { Outcome } from "../fleet/simulate.ts";
import { Rehearsal, rehearsed } from "./rehearsal.ts";

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

/**
 * One release on its way through all stages, each with clients of its own, decided by the production `decide`. `harmed` and `installed` are of all stages
 * together, `spreadAtMs` is when 99 % of the last stage's clients had it. The same seed gives the same outcome.
 */
export function simulatePipeline({ pipeline, fleets, scenario, seed }: PipelineRun): Outcome {
  const rehearsal = new Rehearsal(pipeline);
  const counting = { deadlineMs: 0, soakMs: null, agesMs: [] };
  const tickMs = Math.min(...fleets.map(tickOf));
  const stages = pipeline.stages.map(({ name }, index) => {
    const fleet = fleets[index];
    if (fleet === undefined) throw new RangeError(`Stage ${name} has no clients.`);
    return { name, audience: new Audience(fleet, scenario, counting, tickMs, seed * 101 + index) };
  });
  const last = stages.at(-1)?.audience;
  const look = Math.max(1, Math.round(minute / tickMs));
  let due = rehearsal.nextDueMs();
  let stoppedAt: number | null = null;
  let failures = 0;
  let revision = -1;
  const sum = (of: (audience: Audience) => number) => stages.reduce((total, { audience }) => total + of(audience), 0);

  const decide = (tick: number) => {
    rehearsal.advance(
      tick * tickMs,
      stages.map(({ name, audience }) => countsOf(name, audience)),
    );
    due = rehearsal.nextDueMs();
    if (stoppedAt === null && rehearsal.caught) stoppedAt = tick;
    for (const { name, audience } of stages) {
      const share = rehearsal.share(name);
      if (share === 0 && audience.ledger.offered > 0) audience.endedAt ??= tick;
      audience.expose(share, tick);
    }
  };
  decide(0);
  let allAt: number | null = null;
  for (let tick = 1; tick * tickMs <= longestMs; tick++) {
    for (const { audience } of stages) audience.pass(tick);
    const failed = sum(({ ledger }) => ledger.failures);
    const changed = tick % look === 0 && sum(({ ledger }) => ledger.revision) !== revision;
    if (failed !== failures || changed || (due !== undefined && tick * tickMs >= due)) {
      failures = failed;
      revision = sum(({ ledger }) => ledger.revision);
      decide(tick);
    }
    if (stoppedAt !== null && !rehearsal.underWay) break;
    if (allAt === null && last?.remaining === 0) allAt = tick;
    if (allAt !== null && tick > allAt + (last?.afterwards ?? 0)) break;
    for (const { audience } of stages) audience.pollByShare(tick);
  }
  for (const { audience } of stages) audience.finish();
  const spreadAt = last?.spreadAt ?? null;
  return {
    harmed: sum(({ harmed }) => harmed),
    installed: sum(({ ledger }) => ledger.offered),
    stoppedAtMs: stoppedAt === null ? null : stoppedAt * tickMs,
    haltedGroups: 0,
    spreadAtMs: spreadAt === null ? null : spreadAt * tickMs,
  };
}

/** What the control plane would have counted: clients that say that they begin, and what they report afterwards. */
function countsOf(stage: string, { ledger }: Audience): ClientCounts {
  const { installed, inFlight, missing, failed } = ledger.counts;
  const reported = installed - inFlight - missing;
  return { stage, version: rehearsed, reached: installed, healthy: reported - failed, failed: ledger.failures };
}
