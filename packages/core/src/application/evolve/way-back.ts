import { fullExposure } from "../../rollout/bucket.ts";
import type { Millis } from "../../time/instant.ts";
import type { ApplicationEvent } from "../events.ts";
import { type AppState, type StageState, setStage, type WayBack } from "../state.ts";

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
