import { stagesOf } from "../application/context.ts";
import { type AppState, activePromotion, type StageState } from "../application/state.ts";
import { isForEverybody } from "../rollout/reach.ts";
import type { Millis } from "../time/instant.ts";
import { copiesFeed, type OutsideTarget, outsideTargets } from "./outside.ts";

/** Which releases a stage has, and how they share it. */
export interface Content {
  /** What everybody has who is not in the trial; null: nothing. */
  readonly main: string | null;
  /** What a part has for now. */
  readonly trial?: {
    readonly version: string;
    readonly basisPoints: number;
    /** The wave that has begun, from 1, where the stage has waves. */
    readonly wave?: number;
  };
}

/** What a stage's targets have to bring about. It follows from the log; each target says in the log when it has. */
export interface Demand extends Content {
  /** Number of the event from which it follows: the name of the effect. */
  readonly asked: number;
  /** The release that has to go: the stage is on its way back. */
  readonly leaving?: string;
}

/** What is known of one target of a stage. */
export interface TargetState {
  /** What it said last that it has brought about. */
  readonly applied?: Demand & { readonly config: string; readonly at: Millis };
  /** That something else is live than what it brought about, since when, and the issue that tells of it. */
  readonly drift?: { readonly since: Millis; readonly text: string; readonly issue: string };
  /** Why it could not do what was asked last. */
  readonly failed?: {
    readonly asked: number;
    readonly config: string;
    /** When it failed first at this. */
    readonly since: Millis;
    readonly reason: string;
    /** Whether it is tried again by itself; otherwise the promotion has failed. */
    readonly retryable: boolean;
  };
  /** What it waits for with what was asked last: it has done its part, and somebody or something else has not. */
  readonly deferred?: {
    readonly asked: number;
    readonly config: string;
    readonly since: Millis;
    readonly reason: string;
  };
}

/** What a stage's targets should have, as things stand; undefined while nothing was ever rolled out there. */
export function contentOf(state: AppState, stage: StageState): Content | undefined {
  const active = activePromotion(state, stage);
  const live = stage.live?.version ?? null;
  if (active === undefined || (active.exposure.basisPoints === 0 && (active.exposure.wave ?? 1) === 1))
    return live === null && stage.demand === undefined ? undefined : { main: live };
  const { version, exposure } = active;
  if (isForEverybody(active)) return { main: version };
  const { basisPoints, wave } = exposure;
  return { main: live, trial: { version, basisPoints, ...(wave === undefined ? {} : { wave }) } };
}

export function sameContent(a: Content, b: Content): boolean {
  if (a.main !== b.main || a.trial?.version !== b.trial?.version) return false;
  return a.trial?.basisPoints === b.trial?.basisPoints && a.trial?.wave === b.trial?.wave;
}

/** Whether a target has done what its stage asks for now. */
export function isMet(stage: StageState, target: OutsideTarget): boolean {
  const applied = stage.targets.get(target.name)?.applied;
  if (stage.demand === undefined) return true;
  return applied !== undefined && applied.asked >= stage.demand.asked && applied.config === target.config;
}

/** The outside targets of a stage that have not yet done what is asked for, in the order of the pipeline. */
export function unmetTargets(state: AppState, stage: StageState): OutsideTarget[] {
  const spec = stagesOf(state).find(({ name }) => name === stage.name);
  return outsideTargets(spec).filter((target) => !isMet(stage, target));
}

/** Whether a target can be brought to what is asked: copies of the feed only once it is signed as the log has it now. */
export function canBegin(state: AppState, target: OutsideTarget): boolean {
  return !copiesFeed(target) || state.feeds.publishedSeq >= state.feeds.changedSeq;
}

/** How a target stands with what is asked of it now, where it could not do it. */
export function failureOf(stage: StageState, target: OutsideTarget): TargetState["failed"] {
  const failed = stage.targets.get(target.name)?.failed;
  return failed !== undefined && failed.asked === stage.demand?.asked && failed.config === target.config
    ? failed
    : undefined;
}

/** What a target waits for with what is asked of it now. */
export function deferralOf(stage: StageState, target: OutsideTarget): TargetState["deferred"] {
  const deferred = stage.targets.get(target.name)?.deferred;
  return deferred !== undefined && deferred.asked === stage.demand?.asked && deferred.config === target.config
    ? deferred
    : undefined;
}

/** What a target of a stage says that cannot do what is asked of it, and will not be able to by itself. */
export function brokenTarget(state: AppState, stage: StageState): string | undefined {
  for (const target of unmetTargets(state, stage)) {
    const failed = failureOf(stage, target);
    if (failed?.retryable === false) return `target ${target.name}: ${failed.reason}`;
  }
  return undefined;
}
