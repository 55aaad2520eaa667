import { admissible } from "../gates/admissible.ts";
import { type ChecklistItem, isProbed } from "../gates/checklist.ts";
import { passes } from "../gates/gate.ts";
import type { Millis } from "../time/instant.ts";
import { checkOf, itemKey } from "./check-results.ts";
import type { CommandOf } from "./commands.ts";
import { gateContext, stagesOf } from "./context.ts";
import { type AppState, activePromotion, type CheckResult, type Promotion, stageOf } from "./state.ts";
import type { Transition } from "./transition.ts";

/** An item that the server has to answer for a promotion. */
export interface Probe {
  readonly promotion: Promotion;
  readonly item: ChecklistItem;
  /** What was found last under this pipeline. */
  readonly answered: CheckResult | undefined;
}

/** Every item that the server answers now: of what waits and could enter but for the pipeline's gates, and of what rolls out. */
export function openProbes(state: AppState, now: Millis): Probe[] {
  return stagesOf(state).flatMap((stage) => {
    const items = stage.gates.flatMap(({ checklist = [] }) => checklist).filter(isProbed);
    if (items.length === 0) return [];
    const stageState = stageOf(state, stage.name);
    const active = activePromotion(state, stageState);
    const waiting = stageState.waiting
      .toArray()
      .flatMap((id) => state.promotions.get(id) ?? [])
      .filter(({ version }) => {
        const context = gateContext(state, stage.name, version, now, undefined);
        return context !== undefined && passes(admissible(context).filter(({ gate }) => gate !== "not-frozen"));
      });
    return [...waiting, ...(active === undefined ? [] : [active])].flatMap((promotion) =>
      items.map((item) => {
        const answered = checkOf(state, promotion.version, itemKey(stage.name, item.id));
        return {
          promotion,
          item,
          answered: answered?.found?.pipeline === state.pipeline?.digest ? answered : undefined,
        };
      }),
    );
  });
}

/**
 * Records what the server found, where that says anything new: another result, or the same one after half the time for which it
 * counts. What was found about a promotion that has ended, or under another pipeline, says nothing.
 */
export function recordProbe(transition: Transition, command: CommandOf<"RecordProbe">): void {
  const { state, meta } = transition;
  if (state.pipeline?.digest !== command.pipeline) return;
  const probe = openProbes(state, meta.now).find(
    ({ promotion, item }) => promotion.id === command.id && item.id === command.item,
  );
  const release = probe && state.releases.get(probe.promotion.version);
  if (probe === undefined || release === undefined) return;
  const { stage, version } = probe.promotion;
  const { verdict, reason, evidence } = command.finding;
  const { answered, item } = probe;
  if (answered?.result === verdict && meta.now < answered.at + item["max-age"] / 2) return;
  const { digest } = release;
  const { pipeline } = command;
  transition.add({
    type: "ItemProbed",
    data: { version, digest, stage, item: item.id, pipeline, result: verdict, reason, evidence },
  });
}
