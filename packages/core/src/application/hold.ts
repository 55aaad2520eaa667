import { isRejection, type Rejection } from "../errors/rejection.ts";
import { admissible } from "../gates/admissible.ts";
import type { Stage } from "../pipeline/schema.ts";
import { compareVersions } from "../release/version.ts";
import type { CommandOf } from "./commands.ts";
import { gateContext } from "./context.ts";
import { findStage } from "./find.ts";
import { stageOf } from "./state.ts";
import type { Transition } from "./transition.ts";

/**
 * What a promotion by hand does to the stage's promotions by themselves. Of the newest in line: they go on. Of another: they are
 * held, so that the newer one does not take its place at once, until somebody lifts the hold.
 */
export function chooseByHand(transition: Transition, stage: Stage, promotion: string, version: string): void {
  const { hold } = stageOf(transition.state, stage.name);
  const newer = newerInLine(transition, stage, version);
  if (newer !== undefined && hold?.promotion !== promotion)
    transition.add({ type: "AutoPromotionHeld", data: { stage: stage.name, id: promotion, version, newer } });
  if (newer === undefined && hold !== undefined)
    transition.add({ type: "AutoPromotionResumed", data: { stage: stage.name } });
}

/** The newest release that waits for the stage and could enter it, if it is newer than the one given. */
function newerInLine({ state, meta }: Transition, stage: Stage, version: string): string | undefined {
  return stageOf(state, stage.name)
    .waiting.toArray()
    .flatMap((id) => state.promotions.get(id)?.version ?? [])
    .filter((other) => compareVersions(other, version) > 0)
    .filter((other) => {
      const context = gateContext(state, stage.name, other, meta.now, undefined);
      return context !== undefined && !admissible(context).some(({ verdict }) => verdict === "fail");
    })
    .sort(compareVersions)
    .at(-1);
}

/** Lets releases enter a stage by themselves again. */
export function resumeAutoPromotion(
  transition: Transition,
  { stage: name }: CommandOf<"ResumeAutoPromotion">,
): Rejection | undefined {
  const stage = findStage(transition.state, name);
  if (isRejection(stage)) return stage;
  if (stageOf(transition.state, stage.name).hold !== undefined)
    transition.add({ type: "AutoPromotionResumed", data: { stage: stage.name } });
  return undefined;
}
