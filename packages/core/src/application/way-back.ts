import type { Stage } from "../pipeline/schema.ts";
import { wayBackSteps } from "../rollout/way-back.ts";
import type { Millis } from "../time/instant.ts";
import type { StagedWay } from "./events/rollback.ts";
import type { AppState, StageState, WayBack } from "./state.ts";
import type { Transition } from "./transition.ts";

/** How the clients of a stage are sent back where that is staged, by the pipeline in force. */
export function stagedWay(state: AppState, stage: Stage): StagedWay {
  const steps = wayBackSteps(stage.rollout, checkEveryOf(state));
  // The log's length is part of the salt, so that those who went back first once do not always go back first.
  return { steps, salt: `${state.app} ${stage.name} back ${state.seq}` };
}

/** The way back of a stage with the versions whose clients are still sent back by and by; undefined where everybody is. */
export function wayBackOf(state: AppState, { wayBack, away }: StageState): WayBack | undefined {
  const versions = (wayBack?.versions ?? []).filter(
    (version) => away.has(version) && state.releases.get(version)?.withdrawn === undefined,
  );
  return wayBack === undefined || versions.length === 0 ? undefined : { ...wayBack, versions };
}

/** The next share of a way back, in basis points, and when it is due; undefined while the one before is not published. */
export function nextWayBack(
  state: AppState,
  stage: StageState,
): { readonly way: WayBack; readonly to: number; readonly at: Millis } | undefined {
  const way = wayBackOf(state, stage);
  const next = way?.steps.find(({ to }) => to > way.basisPoints);
  if (way?.appliedAt === undefined || next === undefined) return undefined;
  return { way, to: next.to, at: way.appliedAt + next.afterMs };
}

/** Sends more clients back where that is due, also in a frozen stage: a freeze keeps out what is new, not what is known good. */
export function raiseWayBack(transition: Transition, stage: StageState): void {
  const next = nextWayBack(transition.state, stage);
  if (next === undefined || transition.meta.now < next.at) return;
  const { way, to } = next;
  transition.add({
    type: "WayBackRaised",
    data: { stage: stage.name, versions: way.versions, from: way.basisPoints, to },
  });
}

function checkEveryOf(state: AppState): number {
  return state.pipeline?.pipeline.clients["check-every"] ?? 21_600_000;
}
