import { formatDuration } from "../time/duration.ts";
import { type Millis, rfc3339 } from "../time/instant.ts";
import type { AnalysisResult } from "./analysis.ts";
import type { MeasuredAnalysis } from "./measured.ts";
import { freshFor } from "./measuring.ts";
import type { AnalysisProgress } from "./progress.ts";

/** What the measurements of one analysis say of the release at a moment. Only a pass that is fresh lets the exposure rise. */
export function judgeMeasured(
  { name, config }: MeasuredAnalysis,
  progress: AnalysisProgress | undefined,
  { now, rising }: { readonly now: Millis; readonly rising: boolean },
): AnalysisResult {
  const result = (verdict: AnalysisResult["verdict"], reason: string): AnalysisResult => {
    const seen = verdict === "fail" ? progress?.lastFailure : (progress?.lastMeasured ?? progress?.last);
    const evidence = seen === undefined ? {} : { ...seen.evidence, measuredAt: rfc3339(seen.at) };
    return { analysis: name, verdict, reason, evidence };
  };
  if (progress === undefined) return result("inconclusive", "has not been measured yet");
  const { last, lastMeasured, lastFailure, failures, errorsInRow } = progress;
  if (lastFailure !== undefined && failures > config.failures)
    return result("fail", failures === 1 ? lastFailure.reason : `${lastFailure.reason} (failure ${failures})`);
  if (errorsInRow > config["consecutive-errors"] || lastMeasured === undefined)
    return result(
      "inconclusive",
      `could not be measured, ${errorsInRow} ${errorsInRow === 1 ? "time" : "times in a row"}: ${last.reason}`,
    );
  const error = errorsInRow > 0 ? `; the last measurement did not work: ${last.reason}` : "";
  if (lastMeasured.verdict === "fail") {
    const lasted = last.at - (progress.failingSince ?? last.at);
    const borne =
      failures > 0
        ? `failure ${failures} of ${config.failures} that are borne`
        : `for ${formatDuration(lasted)} of ${formatDuration(config.for)}`;
    return result("inconclusive", `${lastMeasured.reason}, ${borne}${error}`);
  }
  if (lastMeasured.verdict !== "pass") return result("inconclusive", `${lastMeasured.reason}${error}`);
  const age = now - lastMeasured.at;
  if (age > freshFor(config, lastMeasured.at - progress.steadySince, rising))
    return result("inconclusive", `was measured last ${formatDuration(age)} ago${error}`);
  if (rising && progress.passes < config.count)
    return result("inconclusive", `passed ${progress.passes} of ${config.count} times at this exposure${error}`);
  return result("pass", `${lastMeasured.reason}${error}`);
}

/** Why a person has to look, where the pipeline asks for one: there were too many errors or inconclusive measurements, and the last was one of them. */
export function needsPerson(
  { name, config }: MeasuredAnalysis,
  progress: AnalysisProgress | undefined,
): string | undefined {
  if (progress === undefined || config["on-inconclusive"] !== "pause") return undefined;
  if (progress.errorsInRow > config["consecutive-errors"])
    return `${name}: could not be measured ${progress.errorsInRow} times in a row: ${progress.last.reason}`;
  const { inconclusive, lastMeasured } = progress;
  if (
    config.inconclusive !== undefined &&
    inconclusive > config.inconclusive &&
    lastMeasured?.verdict === "inconclusive"
  )
    return `${name}: was inconclusive ${inconclusive} times: ${lastMeasured.reason}`;
  return undefined;
}
