import type { CommandOf } from "../application/commands.ts";
import { stagesOf } from "../application/context.ts";
import type { Transition } from "../application/transition.ts";
import { formatDuration } from "../time/duration.ts";
import { type Millis, rfc3339 } from "../time/instant.ts";
import type { Finding } from "./finding.ts";
import { type MeasuredAnalysis, measuredAnalyses } from "./measured.ts";
import { repeatAfter } from "./measuring.ts";
import type { AnalysisProgress } from "./progress.ts";
import { type Watched, watchedPromotions } from "./watched.ts";

/**
 * Takes a measurement in: records it when it counts for something. One that is like those before it, and changes nothing, is
 * recorded only now and then, so that the log does not grow with every look. One for a promotion that is no longer measured
 * is dropped.
 */
export function takeMeasurement(transition: Transition, command: CommandOf<"TakeMeasurement">): void {
  const { promotion: id, analysis: name, finding, alike } = command;
  const { state, meta } = transition;
  const promotion = state.promotions.get(id);
  const stage = stagesOf(state).find((candidate) => candidate.name === promotion?.stage);
  const watched = stage && watchedPromotions(state, stage).find((candidate) => candidate.promotion.id === id);
  const analysis = stage && measuredAnalyses(stage).find((candidate) => candidate.name === name);
  if (watched === undefined || analysis === undefined) return;
  const before = state.analyses.get(id)?.get(name);
  const at = Math.max(Math.min(command.at, meta.now), before?.last.at ?? 0);
  const weight = weigh(analysis, before, finding, at, watched);
  if (weight === undefined) return;
  transition.add({
    type: "MeasurementTaken",
    data: {
      id,
      stage: watched.promotion.stage,
      version: watched.promotion.version,
      analysis: name,
      at: rfc3339(at),
      ...finding,
      counted: weight.counted,
      failure: weight.failure,
      alike,
    },
  });
}

/** What a measurement counts for; undefined: for nothing that is not known already. */
function weigh(
  { config }: MeasuredAnalysis,
  before: AnalysisProgress | undefined,
  { verdict }: Finding,
  at: Millis,
  watched: Watched,
): { readonly counted: string; readonly failure: boolean } | undefined {
  const count = (counted: string, failure = false) => ({ counted, failure });
  const repeats = before?.last.verdict === verdict;
  const due =
    before === undefined ||
    at - before.last.at >=
      repeatAfter(config, before.last.at - before.steadySince, watched.rising && verdict === "pass");
  switch (verdict) {
    case "pass": {
      if (at < watched.appliedAt) return undefined;
      const passes = (before?.passes ?? 0) + 1;
      if (watched.rising && passes <= config.count) return count(`pass ${passes} of ${config.count} at this exposure`);
      return repeats && !due ? undefined : count(repeats ? "passes still" : "passes");
    }
    case "fail": {
      const lasted = at - (before?.failingSince ?? at);
      if (lasted < config.for)
        return repeats && !due
          ? undefined
          : count(`outside its limits for ${formatDuration(lasted)} of ${formatDuration(config.for)}`);
      const failures = (before?.failures ?? 0) + 1;
      if (failures <= config.failures) return count(`failure ${failures} of ${config.failures} that are borne`, true);
      if (failures === config.failures + 1) return count("a failure too many: the release fails", true);
      return repeats && !due ? undefined : count("fails still");
    }
    case "inconclusive": {
      const times = (before?.inconclusive ?? 0) + 1;
      if (config.inconclusive !== undefined && times <= config.inconclusive + 1)
        return count(`inconclusive ${times} of ${config.inconclusive} that are borne`);
      return repeats && !due ? undefined : count("nothing: there was nothing to measure");
    }
    case "error": {
      const errors = (before?.errorsInRow ?? 0) + 1;
      const borne = config["consecutive-errors"];
      if (errors <= borne) return count(`error ${errors} of ${borne} in a row that are borne`);
      if (errors === borne + 1) return count("an error too many: what was measured before no longer counts");
      return repeats && !due ? undefined : count("does not work still");
    }
  }
}
