import type { StageState } from "../state.ts";

/** The promotions that wait for a stage, but for one. */
export function without(stage: StageState, id: string): StageState["waiting"] {
  return stage.waiting.filter((waiting) => waiting !== id);
}
