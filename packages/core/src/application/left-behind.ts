import { type AnalysisResult, worst } from "../analysis/analysis.ts";
import { judge } from "../analysis/judge.ts";
import type { Measurements } from "../analysis/measurement.ts";
import type { Stage } from "../pipeline/schema.ts";
import { compareVersions } from "../release/version.ts";
import { attemptKey, latestAttempts } from "./attempts.ts";
import { gateContext } from "./context.ts";
import type { EndCause } from "./events/end-cause.ts";
import type { StagedWay } from "./events/rollback.ts";
import { request } from "./request.ts";
import { rollBack } from "./roll-back.ts";
import { type AppState, activePromotion, type Promotion, type StageState, stageOf } from "./state.ts";
import type { Transition } from "./transition.ts";

/**
 * The promotions whose release some clients of a stage still have although it neither is live there nor rolls out: a newer one took
 * their place on the way. The last of each version.
 */
export function leftBehind(state: AppState, stage: StageState): Promotion[] {
  const { away, live, offered } = stage;
  const active = activePromotion(state, stage);
  return offered.toArray().flatMap((version) => {
    if (away.has(version) || version === active?.version || state.releases.get(version)?.withdrawn !== undefined)
      return [];
    if (live !== undefined && compareVersions(version, live.version) <= 0) return [];
    const attempt = latestAttempts(state).get(attemptKey(stage.name, version));
    return (attempt && state.promotions.get(attempt.promotion)) ?? [];
  });
}

/**
 * Looks after what was left behind, so that nobody is forgotten with it: it goes back where it does harm or was rolled back in the
 * stage before, and where nothing newer is on its way, it is a candidate again.
 * @param failed what follows from a failing verdict
 */
export function watchLeftBehind(
  transition: Transition,
  stage: Stage,
  measurements: Measurements | undefined,
  failed: (promotion: Promotion, results: readonly AnalysisResult[]) => void,
): void {
  for (const promotion of leftBehind(transition.state, stageOf(transition.state, stage.name))) {
    const { state, meta } = transition;
    const { version } = promotion;
    const context = gateContext(state, stage.name, version, meta.now, measurements);
    if (context === undefined) continue;
    const active = activePromotion(state, context.stageState);
    const overtaken = active !== undefined && compareVersions(active.version, version) > 0;
    // An override let it in all the same; it does so no more once it has to be asked for again.
    const passedOver = overtaken && promotion.override !== undefined;
    if (context.previous?.away.has(version) === true && !passedOver) {
      rollBack(transition, promotion, "rolled-back-before", `${version} was rolled back in ${context.previous.name}`);
      continue;
    }
    const results = judge(state, context, measurements);
    if (worst(results) === "fail") failed(promotion, results);
    if (!overtaken) request(transition, stage, version, { manual: false });
  }
}

/** Takes what was left behind along where somebody takes the whole stage back: they get what they asked for, and nothing else. */
export function rollBackLeftBehind(
  transition: Transition,
  stage: string,
  cause: EndCause,
  reason: string,
  staged?: StagedWay,
): void {
  for (const promotion of leftBehind(transition.state, stageOf(transition.state, stage)))
    rollBack(transition, promotion, cause, reason, {}, { staged });
}
