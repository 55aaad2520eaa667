import { nearestNames } from "../errors/nearest.ts";
import { type Rejection, reject } from "../errors/rejection.ts";
import type { Stage } from "../pipeline/schema.ts";
import { stagesOf } from "./context.ts";
import type { AppState, Promotion, Release } from "./state.ts";

/** The stage of a name, or a rejection that names the nearest. */
export function findStage(state: AppState, name: string): Stage | Rejection {
  const stages = stagesOf(state);
  const names = stages.map((stage) => stage.name);
  return (
    stages.find((stage) => stage.name === name) ??
    reject(
      "STAGE_NOT_FOUND",
      `There is no stage "${name}". The stages are ${names.join(", ") || "none: no pipeline was applied"}.`,
      nearestNames(name, names),
    )
  );
}

/** The release of a version, or a rejection that names the nearest. */
export function findRelease(state: AppState, version: string): Release | Rejection {
  return (
    state.releases.get(version) ??
    reject(
      "RELEASE_NOT_FOUND",
      `There is no release ${version} of ${state.app}.`,
      nearestNames(version, state.releases.keys()),
    )
  );
}

/** The promotion of an id, or a rejection that names the nearest. */
export function findPromotion(state: AppState, id: string): Promotion | Rejection {
  return (
    state.promotions.get(id) ??
    reject("PROMOTION_NOT_FOUND", `There is no promotion "${id}".`, nearestNames(id, state.promotions.keys()))
  );
}
