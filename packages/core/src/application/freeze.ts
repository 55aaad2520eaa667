import { isRejection, type Rejection, reject } from "../errors/rejection.ts";
import { rfc3339 } from "../time/instant.ts";
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
  if (reason.trim() === "") return reject("REASON_REQUIRED", "Say why the stage is frozen: --reason TEXT");
  if (until !== undefined && until <= transition.meta.now)
    return reject("FREEZE_ENDED", `A freeze until ${rfc3339(until)} would be over already.`);
  transition.add({
    type: "StageFrozen",
    data: { stage: stage.name, reason, ...(until === undefined ? {} : { until: rfc3339(until) }) },
  });
  return undefined;
}

export function thawStage(transition: Transition, { stage: name }: CommandOf<"ThawStage">): Rejection | undefined {
  const stage = findStage(transition.state, name);
  if (isRejection(stage)) return stage;
  if (stageOf(transition.state, stage.name).frozen !== undefined)
    transition.add({ type: "StageThawed", data: { stage: stage.name } });
  return undefined;
}
