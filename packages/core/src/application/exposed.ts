import type { ExposedRelease } from "../analysis/fleet-counts.ts";
import { countsOf, type Measurements, offersOf } from "../analysis/measurement.ts";
import { fullExposure } from "../rollout/bucket.ts";
import type { Millis } from "../time/instant.ts";
import { stagesOf } from "./context.ts";
import { type AppState, type Promotion, type Reach, stageOf } from "./state.ts";

/** When a version was first rolled out to any stage; undefined: never yet. */
export function firstRolledOut({ promotions }: AppState, version: string): Millis | undefined {
  const moments = [...promotions.values()].flatMap((promotion) =>
    promotion.version === version && promotion.status !== "waiting" ? (promotion.startedAt ?? []) : [],
  );
  return moments.length === 0 ? undefined : Math.min(...moments);
}

/**
 * How many clients have a promotion's release, or may take it, once it reaches so far.
 * @param size how many clients the stage has
 * @param taken how many have it already, whatever the share says: let in one by one, or counted by their reports
 */
export function clientsOf({ basisPoints, wave }: Reach, size: number, taken: number): number {
  // How large a wave is nobody counts: from the second on, the whole stage is taken to have it.
  const share = (wave ?? 1) > 1 ? fullExposure : basisPoints;
  return Math.max(Math.ceil((size * share) / fullExposure), taken);
}

/** How many clients of a stage took a version on, as far as was counted. */
export function takenBy(promotion: Promotion, measurements: Measurements | undefined): number {
  const { reached } = countsOf(measurements ?? [], promotion.stage, promotion.version);
  return Math.max(reached, offersOf(measurements, promotion.id)?.offered ?? 0);
}

/**
 * Every release that clients of an application have or may take. What was rolled back is not among them: its clients are on their
 * way back.
 * @param sizeOf how many clients a stage has
 */
export function exposedReleases(
  state: AppState,
  sizeOf: (stage: string) => number,
  measurements: Measurements | undefined,
): (ExposedRelease & { readonly promotion: string })[] {
  return stagesOf(state).flatMap(({ name }) => {
    const { active, live, latest } = stageOf(state, name);
    // What a newer release took the place of is still what some clients have.
    const superseded = [...latest.values()].filter((id) => state.promotions.get(id)?.status === "superseded");
    const ids = new Set([active, live?.promotion, ...superseded].filter((id) => id !== undefined));
    return [...ids].flatMap((id) => {
      const promotion = state.promotions.get(id);
      const since = promotion && firstRolledOut(state, promotion.version);
      if (promotion === undefined || promotion.status === "waiting" || since === undefined) return [];
      if (promotion.exposure === undefined) return [];
      const { version } = promotion;
      const clients = clientsOf(promotion.exposure, sizeOf(name), takenBy(promotion, measurements));
      return [{ app: state.app, stage: name, version, promotion: id, since, clients }];
    });
  });
}
