import { stagesOf } from "../application/context.ts";
import { type AppState, stageOf } from "../application/state.ts";
import type { Stage } from "../pipeline/schema.ts";
import type { Millis } from "../time/instant.ts";

/** Whom a release is compared with: the clients of a stage that take the one before it on while it rolls out. */
export interface ControlGroup {
  readonly stage: string;
  /** The release before. */
  readonly version: string;
  /** When the rollout began, ms since the epoch. */
  readonly since: Millis;
}

/** The control of a release that is rolling out or live in a stage; undefined where none is asked for, or there was no release before. */
export function controlGroup(state: AppState, stage: Stage, version: string): ControlGroup | undefined {
  const test = stage["stop-test"];
  if (typeof test === "boolean" || test.compare !== "control") return undefined;
  const { active, live, completed } = stageOf(state, stage.name);
  const promotion = [active, live?.promotion]
    .map((id) => (id === undefined ? undefined : state.promotions.get(id)))
    .find((candidate) => candidate?.version === version);
  const before = [...completed.keys()].findLast((earlier) => earlier !== version);
  if (promotion === undefined || !("startedAt" in promotion) || before === undefined) return undefined;
  return { stage: stage.name, version: before, since: promotion.startedAt };
}

/** The control of what rolls out in each stage, or else of what is live there. */
export function controlGroups(state: AppState): ControlGroup[] {
  return stagesOf(state).flatMap((stage) => {
    const { active, live } = stageOf(state, stage.name);
    const rolling = active === undefined ? undefined : state.promotions.get(active);
    const version = rolling?.version ?? live?.version;
    return version === undefined ? [] : (controlGroup(state, stage, version) ?? []);
  });
}
