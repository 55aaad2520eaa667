import type { AnalysisResult } from "../analysis/analysis.ts";
import { needsPerson } from "../analysis/judge-measured.ts";
import { measuredAnalyses } from "../analysis/measured.ts";
import { verifying } from "../analysis/verification.ts";
import type { Stage } from "../pipeline/schema.ts";
import { type RollingPromotion, stageOf } from "./state.ts";
import type { Transition } from "./transition.ts";

/** A window of verification that is over, with everything passing, has ended well. */
export function verify(transition: Transition, stage: Stage, results: readonly AnalysisResult[]): void {
  const found = verifying(transition.state, stageOf(transition.state, stage.name));
  if (found === undefined || transition.meta.now < found.until) return;
  const { id, version } = found.promotion;
  transition.add({
    type: "PromotionVerified",
    data: { id, stage: stage.name, version, window: found.window, of: found.windows, evidence: evidenceOf(results) },
  });
}

/** Pauses a rollout that cannot be measured, where the pipeline asks for a person then. */
export function askPerson(transition: Transition, stage: Stage, { id, version }: RollingPromotion): boolean {
  const progress = transition.state.analyses.get(id);
  const reasons = measuredAnalyses(stage).flatMap(
    (analysis) => needsPerson(analysis, progress?.get(analysis.name)) ?? [],
  );
  if (reasons.length === 0) return false;
  const reason = reasons.join("; ");
  transition.add({
    type: "PromotionPaused",
    data: { id, stage: stage.name, version, cause: "analysis", reason, evidence: {} },
  });
  return true;
}

/** What analyses found, as the log keeps it. */
export function evidenceOf(results: readonly AnalysisResult[]) {
  return {
    analysis: results.map(({ analysis, verdict, reason, evidence }) => ({ analysis, verdict, reason, evidence })),
  };
}
