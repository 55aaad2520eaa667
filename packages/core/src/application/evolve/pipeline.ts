import { unreachable } from "../../errors/unreachable.ts";
import { storedPipeline } from "../../pipeline/stored.ts";
import type { PipelineFact } from "../events/pipeline.ts";
import type { Recorded } from "../events/recorded.ts";
import type { AppState } from "../state.ts";

/** Folds what promotions have to follow into a state. */
export function evolvePipeline(state: AppState, event: Recorded<PipelineFact>): AppState {
  const { at } = event;
  switch (event.type) {
    case "PipelineApplied":
      return { ...state, pipeline: { ...event.data, pipeline: storedPipeline(event.data.pipeline), at } };
    case "PolicyAdopted": {
      const { name, revision, policy } = event.data;
      return { ...state, policies: state.policies.set(name, { name, revision, policy }) };
    }
    case "PolicyDropped": {
      const { name, revision } = event.data;
      return { ...state, policies: state.policies.set(name, { name, revision }) };
    }
    default:
      return unreachable(event);
  }
}
