import { isRejection, type Rejection, reject } from "../errors/rejection.ts";
import { type Millis, rfc3339 } from "../time/instant.ts";
import type { CommandOf } from "./commands.ts";
import { findStage } from "./find.ts";
import { stageOf } from "./state.ts";
import type { Transition } from "./transition.ts";

/** Freezes a stage, or changes for what reason and until when it is frozen. */
export function freezeStage(
  transition: Transition,
  { stage: name, reason, until }: CommandOf<"FreezeStage">,
): Rejection | undefined {
  const stage = findStage(transition.state, name);
  if (isRejection(stage)) return stage;
  const freeze = freezeFrom(transition, reason, until);
  if (isRejection(freeze)) return freeze;
  transition.add({ type: "StageFrozen", data: { stage: stage.name, ...freeze } });
  return undefined;
}

/** Freezes every stage, also those that a later pipeline has. */
export function freezeApplication(
  transition: Transition,
  { reason, until }: CommandOf<"FreezeApplication">,
): Rejection | undefined {
  const { state } = transition;
  if (state.pipeline === undefined)
    return reject("APP_NOT_FOUND", `Application "${state.app}" has no pipeline yet, so there is nothing to freeze.`);
  const freeze = freezeFrom(transition, reason, until);
  if (isRejection(freeze)) return freeze;
  transition.add({ type: "ApplicationFrozen", data: freeze });
  return undefined;
}

function freezeFrom({ meta }: Transition, reason: string, until: Millis | undefined) {
  if (reason.trim() === "") return reject("REASON_REQUIRED", "Say why it is frozen: --reason TEXT");
  if (until !== undefined && until <= meta.now)
    return reject("FREEZE_ENDED", `A freeze until ${rfc3339(until)} would be over already.`);
  return { reason, ...(until === undefined ? {} : { until: rfc3339(until) }) };
}

export function thawStage(transition: Transition, { stage: name }: CommandOf<"ThawStage">): Rejection | undefined {
  const stage = findStage(transition.state, name);
  if (isRejection(stage)) return stage;
  if (stageOf(transition.state, stage.name).frozen !== undefined)
    transition.add({ type: "StageThawed", data: { stage: stage.name } });
  return undefined;
}

/** Ends the freeze of every stage; a stage that was frozen by itself stays so. */
export function thawApplication(transition: Transition): void {
  if (transition.state.frozen !== undefined) transition.add({ type: "ApplicationThawed", data: {} });
}
