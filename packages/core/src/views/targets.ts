import { stagesOf } from "../application/context.ts";
import { type AppState, type StageState, stageOf } from "../application/state.ts";
import { deferralOf, failureOf, isMet, unmetTargets } from "../targets/demand.ts";
import { type OutsideTarget, outsideTargets } from "../targets/outside.ts";
import type { FindProgress, Progress } from "../targets/progress.ts";
import { type Millis, rfc3339 } from "../time/instant.ts";

/** One target of a stage, and how it stands with what is asked of it. */
export interface TargetView {
  readonly name: string;
  /**
   * `moving`: it is at it, or its turn is to come. `waiting`: it has done its part, and waits for somebody or something else.
   * `retrying`: it failed and is tried again. `failed`: it needs a person.
   */
  readonly state: "applied" | "moving" | "waiting" | "retrying" | "failed";
  /** What everybody has there but for the trial, as it said last; null: nothing, or nothing is known. */
  readonly has: string | null;
  readonly trial?: { readonly version: string; readonly basisPoints: number };
  /** When it said so, RFC 3339. */
  readonly since?: string;
  /** Why it could not do what is asked of it, or what it waits for. */
  readonly reason?: string;
  /** How far it has got with what is asked of it, where it says so. */
  readonly progress?: Progress;
  /** Something else is live there than what it brought about. `since`: RFC 3339. */
  readonly drift?: { readonly text: string; readonly since: string; readonly issue: string };
}

/** The outside targets of a stage, in the order in which they are moved. */
export function targetViews(state: AppState, stageName: string, findProgress: FindProgress): TargetView[] {
  const stage = stageOf(state, stageName);
  const spec = stagesOf(state).find(({ name }) => name === stageName);
  return outsideTargets(spec).map((target) => {
    const applied = stage.targets.get(target.name)?.applied;
    const failed = failureOf(stage, target);
    const reason = (failed ?? deferralOf(stage, target))?.reason;
    const drift = stage.targets.get(target.name)?.drift;
    const progress = isMet(stage, target) ? undefined : findProgress(stageName, target.name);
    return {
      name: target.name,
      state: standing(stage, target),
      has: applied?.main ?? null,
      ...(applied?.trial === undefined ? {} : { trial: applied.trial }),
      ...(applied === undefined ? {} : { since: rfc3339(applied.at) }),
      ...(reason === undefined || isMet(stage, target) ? {} : { reason }),
      ...(progress === undefined ? {} : { progress }),
      ...(drift === undefined ? {} : { drift: { ...drift, since: rfc3339(drift.since) } }),
    };
  });
}

function standing(stage: StageState, target: OutsideTarget): TargetView["state"] {
  if (isMet(stage, target)) return "applied";
  const failed = failureOf(stage, target);
  if (failed !== undefined) return failed.retryable ? "retrying" : "failed";
  return deferralOf(stage, target) === undefined ? "moving" : "waiting";
}

/**
 * Why a stage's targets do not all have the same, for a person: one of them cannot do what the others did, the way back is
 * not done yet, or somebody changed one of them. Undefined where they agree, or are on their way together.
 */
export function inconsistencyOf(state: AppState, stage: StageState, now: Millis): string | undefined {
  const spec = stagesOf(state).find(({ name }) => name === stage.name);
  const drifted = outsideTargets(spec).flatMap(({ name }) => {
    const drift = stage.targets.get(name)?.drift;
    return drift === undefined ? [] : [`${name} has drifted (${minutesSince(drift.since, now)} min): ${drift.text}`];
  });
  const unmet = unmetTargets(state, stage);
  const failing = unmet.flatMap((target) => {
    const failed = failureOf(stage, target);
    return failed === undefined ? [] : [{ target, failed }];
  });
  if (failing.length + drifted.length === 0) return undefined;
  const should = stage.demand?.trial?.version ?? stage.demand?.main ?? "nothing";
  const parts = failing.map(({ target, failed }) => {
    const again = failed.retryable ? "tried again" : "needs a person";
    return `${target.name} does not have ${should} (${again}, for ${minutesSince(failed.since, now)} min): ${failed.reason}`;
  });
  return [...parts, ...drifted].join("; ");
}

function minutesSince(since: Millis, now: Millis): number {
  return Math.max(0, Math.floor((now - since) / 60_000));
}

/** What a rollout waits for while not all targets have its exposure. */
export function targetsWait(state: AppState, stage: StageState, now: Millis): string | undefined {
  const [next] = unmetTargets(state, stage);
  if (next === undefined) return undefined;
  const deferred = deferralOf(stage, next);
  const what =
    inconsistencyOf(state, stage, now) ?? (deferred === undefined ? next.name : `${next.name}: ${deferred.reason}`);
  return `waits for its target ${what}`;
}
