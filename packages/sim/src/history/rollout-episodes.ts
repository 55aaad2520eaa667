import { measuredAnalyses } from "@sluice/core/analysis/measured.ts";
import { type AppState, type Promotion, stageOf } from "@sluice/core/application/state.ts";
import { holdMs } from "@sluice/core/rollout/schedule.ts";
import type { Random } from "../fleet/random.ts";
import type { Planned } from "./episode.ts";
import { approvers } from "./people.ts";

const hour = 3_600_000;
/** A pause that is longer outlasts what was measured before it. */
const longestMs = 12 * hour;

/** Draws what people do to rollouts under way over some hours; empty where there is nothing to do it to. @param now ms since the epoch @param goesOn targets do not stop when they are told to */
export function drawRolloutEpisode(state: AppState, now: number, random: Random, goesOn: boolean): Planned[] {
  if (goesOn) return interrupt(state, random);
  return random.chance(0.6) ? pauseOverTheHold(state, now, random) : goBackByAndBy(state, random);
}

/** Somebody takes a stage back while its targets are moved to what comes. */
function interrupt(state: AppState, random: Random): Planned[] {
  const moving = [...state.promotions.values()].find(
    (promotion) => promotion.status === "active" && promotion.exposure.appliedAt === undefined,
  );
  if (moving === undefined) return [];
  const actor = approvers[random.below(approvers.length)] ?? "";
  return [{ afterMs: 0, actor, command: { type: "RollBack", stage: moving.stage, reason: "it takes too long" } }];
}

/** Somebody takes a stage back by and by, and then something comes in the way. */
function goBackByAndBy(state: AppState, random: Random): Planned[] {
  const stages = state.pipeline?.pipeline.stages ?? [];
  const stage = stages[random.below(Math.max(1, stages.length))]?.name;
  const known = stage === undefined ? undefined : stageOf(state, stage);
  const version = (known?.active && state.promotions.get(known.active)?.version) ?? known?.live?.version;
  if (stage === undefined || version === undefined) return [];
  const actor = approvers[random.below(approvers.length)] ?? "";
  const back = { type: "RollBack", stage, reason: "nobody is in a hurry" } as const;
  const afterMs = (1 + random.below(30)) * hour;
  const later = [
    { afterMs, actor, command: { type: "WithdrawRelease", version, reason: "it is worse than we thought" } },
    { afterMs, actor, command: back },
    { afterMs, actor, command: { ...back, staged: true } },
    { afterMs, actor, command: { type: "RequestPromotion", version, stage, override: "it was not that bad" } },
  ] as const;
  const then = random.chance(0.6) ? later[random.below(later.length)] : undefined;
  return [{ afterMs: 0, actor, command: { ...back, staged: true } }, ...(then === undefined ? [] : [then])];
}

/** Somebody pauses a rollout before its step is over, and lets it go on just after: what was measured before might still count. */
function pauseOverTheHold(state: AppState, now: number, random: Random): Planned[] {
  const candidates = [...state.promotions.values()].flatMap((promotion) => {
    const leftMs = heldFor(state, promotion, now);
    return leftMs > 0 && leftMs < longestMs ? [{ id: promotion.id, leftMs }] : [];
  });
  const one = candidates[random.below(Math.max(1, candidates.length))];
  if (one === undefined) return [];
  const actor = approvers[random.below(approvers.length)] ?? "";
  const afterMs = (Math.ceil(one.leftMs / hour) + random.below(2)) * hour;
  return [
    { afterMs: 0, actor, command: { type: "PausePromotion", id: one.id, reason: "to look at the numbers" } },
    { afterMs, actor, command: { type: "ResumePromotion", id: one.id, reason: "they are fine" } },
  ];
}

/** How long the step of a rollout that has measured enough is still held, in ms; 0: nothing holds it. */
function heldFor(state: AppState, promotion: Promotion, now: number): number {
  if (promotion.status !== "active" || promotion.exposure.appliedAt === undefined) return 0;
  const stage = state.pipeline?.pipeline.stages.find(({ name }) => name === promotion.stage);
  const measured = stage === undefined ? [] : measuredAnalyses(stage);
  const said = state.analyses.get(promotion.id);
  const enough = measured.every(({ name, config }) => (said?.get(name)?.passes ?? 0) >= config.count);
  if (stage === undefined || measured.length === 0 || !enough) return 0;
  return promotion.exposure.appliedAt + holdMs(stage.rollout, promotion.exposure.basisPoints) - now;
}
