import { isRejection, type Rejection, reject } from "../errors/rejection.ts";
import type { CommandOf } from "./commands.ts";
import { findPromotion, findStage } from "./find.ts";
import { leftBehind, rollBackLeftBehind } from "./left-behind.ts";
import { rollBack } from "./roll-back.ts";
import { type AppState, type Promotion, stageOf } from "./state.ts";
import type { Transition } from "./transition.ts";

/** Stops the rise of a rollout; who was exposed stays so. */
export function pausePromotion(
  transition: Transition,
  { id, reason }: CommandOf<"PausePromotion">,
): Rejection | undefined {
  const promotion = findSteered(transition.state, id);
  if (isRejection(promotion)) return promotion;
  if (promotion.status === "paused") return undefined;
  if (promotion.status !== "active") return notActive(promotion);
  const { stage, version } = promotion;
  transition.add({ type: "PromotionPaused", data: { id, stage, version, cause: "manual", reason, evidence: {} } });
  return undefined;
}

/** Lets a paused or halted rollout go on. */
export function resumePromotion(
  transition: Transition,
  { id, reason }: CommandOf<"ResumePromotion">,
): Rejection | undefined {
  const promotion = findSteered(transition.state, id);
  if (isRejection(promotion)) return promotion;
  if (promotion.status === "active") return undefined;
  if (promotion.status !== "paused") return notActive(promotion);
  transition.add({
    type: "PromotionResumed",
    data: { id, stage: promotion.stage, version: promotion.version, reason },
  });
  return undefined;
}

/** Ends a promotion: one that waits at once, one that rolls out by going back. */
export function abortPromotion(
  transition: Transition,
  { id, reason }: CommandOf<"AbortPromotion">,
): Rejection | undefined {
  const promotion = findSteered(transition.state, id);
  if (isRejection(promotion)) return promotion;
  const { stage, version } = promotion;
  if (promotion.status === "waiting") {
    transition.add({ type: "PromotionAborted", data: { id, stage, version, cause: "manual", reason } });
    // Who had it from an earlier try goes back, as anybody who was exposed.
    const left = leftBehind(transition.state, stageOf(transition.state, stage));
    for (const earlier of left) if (earlier.version === version) rollBack(transition, earlier, "aborted", reason);
  } else if (promotion.status === "active" || promotion.status === "paused")
    rollBack(transition, promotion, "aborted", reason);
  else return notActive(promotion);
  return undefined;
}

/** Offers a release to nobody more; who has it keeps it. */
export function haltRollout(transition: Transition, { id, reason }: CommandOf<"HaltRollout">): Rejection | undefined {
  const promotion = findSteered(transition.state, id);
  if (isRejection(promotion)) return promotion;
  if (promotion.status !== "active" && promotion.status !== "paused") return notActive(promotion);
  const { stage, version } = promotion;
  if (promotion.status === "active" || promotion.paused.halted !== true)
    transition.add({ type: "RolloutHalted", data: { id, stage, version, reason } });
  return undefined;
}

/** Takes a release that rolls out or is live back from everybody. */
export function recallRollout(
  transition: Transition,
  { id, reason }: CommandOf<"RecallRollout">,
): Rejection | undefined {
  const { state } = transition;
  const promotion = findSteered(state, id);
  if (isRejection(promotion)) return promotion;
  if (reason.trim() === "") return reject("REASON_REQUIRED", "Say why it is recalled: --reason TEXT");
  const { active, live } = stageOf(state, promotion.stage);
  if (id !== active && id !== live?.promotion) return notActive(promotion);
  rollBack(transition, promotion, "recalled", reason);
  if (id !== active) rollBackLeftBehind(transition, promotion.stage, "recalled", reason);
  return undefined;
}

/** The promotion of an id, or a rejection; also where the pipeline has its stage no more, and nobody is served there. */
function findSteered(state: AppState, id: string): Promotion | Rejection {
  const promotion = findPromotion(state, id);
  if (isRejection(promotion)) return promotion;
  const stage = findStage(state, promotion.stage);
  return isRejection(stage) ? stage : promotion;
}

function notActive(promotion: Promotion): Rejection {
  return reject(
    "PROMOTION_NOT_ACTIVE",
    `Promotion ${promotion.id} of ${promotion.version} into ${promotion.stage} is ${promotion.status}.`,
  );
}
