import type { Measurements } from "../analysis/measurement.ts";
import type { GateContext } from "../gates/gate.ts";
import type { Stage } from "../pipeline/schema.ts";
import type { Millis } from "../time/instant.ts";
import { type AppState, latestPromotion, stageOf } from "./state.ts";

/** The stages of the pipeline in their order; none before a pipeline is applied. */
export function stagesOf(state: AppState): readonly Stage[] {
  return state.pipeline?.pipeline.stages ?? [];
}

/** What the gates of a stage see of a release, or undefined when there is no such stage or release. */
export function gateContext(
  state: AppState,
  stageName: string,
  version: string,
  now: Millis,
  measurements: Measurements | undefined,
): GateContext | undefined {
  const stages = stagesOf(state);
  const index = stages.findIndex((stage) => stage.name === stageName);
  const stage = stages[index];
  const release = state.releases.get(version);
  if (stage === undefined || release === undefined) return undefined;
  const before = stages[index - 1];
  const stageState = stageOf(state, stage.name);
  return {
    state,
    release,
    stage,
    stageState,
    promotion: latestPromotion(state, stageState, version),
    previous: before === undefined ? undefined : stageOf(state, before.name),
    now,
    measurements,
  };
}
