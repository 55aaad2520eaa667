import type { Stage } from "../pipeline/schema.ts";
import { fullExposure } from "../rollout/bucket.ts";
import { wayBackSteps } from "../rollout/way-back.ts";
import type { Millis } from "../time/instant.ts";
import type { StagedWay } from "./events/rollback.ts";
import type { ApplicationEvent } from "./events.ts";
import { type AppState, type StageState, setStage, type WayBack } from "./state.ts";
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

/** The way back as a rollback begins it. One rollback that takes back several releases is one way back; another ends it. */
export function begunWayBack(
  before: WayBack | undefined,
  { data, seq }: Extract<ApplicationEvent, { type: "PromotionRolledBack" }>,
  gone: Iterable<string>,
): Pick<StageState, "wayBack"> {
  const first = data.staged?.steps[0];
  if (data.staged === undefined || first === undefined || first.to >= fullExposure) return {};
  const earlier = before?.salt === data.staged.salt ? before.versions : [];
  const versions = [...new Set([...earlier, ...gone, data.version])];
  return { wayBack: { ...data.staged, versions, basisPoints: first.to, requestedSeq: seq } };
}

/** A share of a way back that was raised; once it is everybody, nothing is left of the way back. */
export function raisedWayBack(stage: StageState, to: number, seq: number): StageState {
  const { wayBack, ...rest } = stage;
  if (wayBack === undefined || to >= fullExposure) return rest;
  const { appliedAt: _, ...way } = wayBack;
  return { ...rest, wayBack: { ...way, basisPoints: to, requestedSeq: seq } };
}

/** The shares that the feeds published by now say are served. */
export function servedWayBack(state: AppState, at: Millis): AppState {
  let next = state;
  for (const stage of state.stages.values()) {
    const { wayBack } = stage;
    if (wayBack === undefined || wayBack.appliedAt !== undefined) continue;
    if (state.feeds.publishedSeq < wayBack.requestedSeq) continue;
    next = setStage(next, { ...stage, wayBack: { ...wayBack, appliedAt: at } });
  }
  return next;
}

function checkEveryOf(state: AppState): number {
  return state.pipeline?.pipeline.clients["check-every"] ?? 21_600_000;
}
