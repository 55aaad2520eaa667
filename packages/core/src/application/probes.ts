import { admissible } from "../gates/admissible.ts";
import { type ChecklistItem, isProbed } from "../gates/checklist.ts";
import { passes } from "../gates/gate.ts";
import { gitQuestion } from "../gates/git/git.ts";
import type { GitQuestion } from "../gates/git/judge.ts";
import { gitItem } from "../gates/git/schema.ts";
import type { Gate } from "../pipeline/schema.ts";
import type { Millis } from "../time/instant.ts";
import { checkOf, itemKey } from "./check-results.ts";
import type { CommandOf } from "./commands.ts";
import { gateContext, stagesOf } from "./context.ts";
import { type AppState, activePromotion, type CheckResult, type Promotion, type Release, stageOf } from "./state.ts";
import type { Transition } from "./transition.ts";

/** What the server is asked: an item of a checklist, or what a repository says of a release's commit. */
export type Question = { readonly checklist: ChecklistItem } | { readonly git: GitQuestion };

interface Asked {
  /** The name under which the answer is recorded. */
  readonly item: string;
  readonly question: Question;
  /** How long an answer counts, ms. */
  readonly maxAge: Millis;
}

/** A question that the server has to answer for a promotion. */
export interface Probe extends Asked {
  readonly promotion: Promotion;
  /** What was found last under this pipeline. */
  readonly answered: CheckResult | undefined;
}

/** Everything that the server answers now: of what waits and could enter but for the pipeline's gates, and of what rolls out. */
export function openProbes(state: AppState, now: Millis): Probe[] {
  return stagesOf(state).flatMap((stage) => {
    if (!stage.gates.some(asksServer)) return [];
    const stageState = stageOf(state, stage.name);
    const active = activePromotion(state, stageState);
    const waiting = stageState.waiting
      .toArray()
      .flatMap((id) => state.promotions.get(id) ?? [])
      .filter(({ version }) => {
        const context = gateContext(state, stage.name, version, now, undefined);
        return context !== undefined && passes(admissible(context).filter(({ gate }) => gate !== "not-frozen"));
      });
    return [...waiting, ...(active === undefined ? [] : [active])].flatMap((promotion) => {
      const release = state.releases.get(promotion.version);
      const asked = release === undefined ? [] : stage.gates.flatMap((gate) => askedBy(gate, release));
      return asked.map((one) => {
        const answered = checkOf(state, promotion.version, itemKey(stage.name, one.item));
        return {
          ...one,
          promotion,
          answered: answered?.found?.pipeline === state.pipeline?.digest ? answered : undefined,
        };
      });
    });
  });
}

function asksServer({ checklist = [], git }: Gate): boolean {
  return git !== undefined || checklist.some(isProbed);
}

/** What a gate asks the server about a release. */
function askedBy({ checklist = [], git }: Gate, release: Release): Asked[] {
  const items = checklist.filter(isProbed).map((item) => ({
    item: item.id,
    question: { checklist: item },
    maxAge: item["max-age"],
  }));
  const question = git && gitQuestion(git, release);
  if (git === undefined || question === undefined) return items;
  return [...items, { item: gitItem(git), question: { git: question }, maxAge: git["max-age"] }];
}

/**
 * Records what the server found, where that says anything new: another result, another reason of a repository's, or the same
 * after half the time for which it counts. What was found about a promotion that has ended, or under another pipeline, says nothing.
 */
export function recordProbe(transition: Transition, command: CommandOf<"RecordProbe">): void {
  const { state, meta } = transition;
  if (state.pipeline?.digest !== command.pipeline) return;
  const probe = openProbes(state, meta.now).find(
    ({ promotion, item }) => promotion.id === command.id && item === command.item,
  );
  const release = probe && state.releases.get(probe.promotion.version);
  if (probe === undefined || release === undefined) return;
  const { stage, version } = probe.promotion;
  const { verdict, reason, evidence } = command.finding;
  const { answered, item, question, maxAge } = probe;
  // What a request or a program says may differ every time, and mean the same; what a repository lacks does not.
  const isSame = answered?.result === verdict && ("checklist" in question || answered.comment === reason);
  if (isSame && meta.now < answered.at + maxAge / 2) return;
  const { digest } = release;
  const { pipeline } = command;
  transition.add({
    type: "ItemProbed",
    data: { version, digest, stage, item, pipeline, result: verdict, reason, evidence },
  });
}
