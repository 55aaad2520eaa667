import { stagesOf } from "../application/context.ts";
import { lastGood } from "../application/good-releases.ts";
import { type AppState, stageOf } from "../application/state.ts";
import type { Millis } from "../time/instant.ts";
import type { FindingVerdict } from "./finding.ts";
import { type MeasuredAnalysis, measuredAnalyses } from "./measured.ts";
import { pauseAfter } from "./measuring.ts";
import type { Subject } from "./placeholders.ts";
import { watchedPromotions } from "./watched.ts";

/** A measurement that is to be taken. */
export interface DueMeasurement {
  readonly promotion: string;
  readonly analysis: MeasuredAnalysis;
  readonly subject: Subject & { readonly since: Millis };
  /** At which moment; it may be past. */
  readonly at: Millis;
}

/**
 * The next measurement of every analysis that measures, over all stages.
 * @param taken when the last one of a promotion's analysis was taken and how it came out, where that is not recorded
 */
export function nextMeasurements(
  state: AppState,
  taken: (promotion: string, analysis: string) => { readonly at: Millis; readonly verdict: FindingVerdict } | undefined,
): DueMeasurement[] {
  return stagesOf(state).flatMap((stage) => {
    const analyses = measuredAnalyses(stage);
    if (analyses.length === 0) return [];
    return watchedPromotions(state, stage).flatMap(({ promotion, appliedAt, startedAt }) => {
      const previous = lastGood(state, stageOf(state, stage.name), promotion.version);
      const subject = {
        app: state.app,
        stage: stage.name,
        version: promotion.version,
        ...(previous === undefined ? {} : { previous }),
        since: startedAt,
      };
      return analyses.map((analysis) => {
        const recorded = state.analyses.get(promotion.id)?.get(analysis.name)?.last;
        const unrecorded = taken(promotion.id, analysis.name);
        const last = recorded !== undefined && recorded.at >= (unrecorded?.at ?? 0) ? recorded : unrecorded;
        const at =
          last === undefined
            ? Math.max(appliedAt, startedAt + analysis.config["initial-delay"])
            : last.at + pauseAfter(analysis.config, last.verdict);
        return { promotion: promotion.id, analysis, subject, at };
      });
    });
  });
}
