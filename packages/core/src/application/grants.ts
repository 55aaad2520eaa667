import type { Measurements } from "../analysis/measurement.ts";
import { binding } from "../gates/binding.ts";
import { budgetedClients } from "../gates/exposure-budget.ts";
import { passes } from "../gates/gate.ts";
import { rollingGates } from "../gates/rolling.ts";
import type { Stage } from "../pipeline/schema.ts";
import { fullExposure } from "../rollout/bucket.ts";
import type { Offers } from "../rollout/evidence/offers.ts";
import { planOf } from "../rollout/evidence/plan-of.ts";
import { left, unlimited } from "../rollout/evidence/ration.ts";
import { isForEverybody } from "../rollout/reach.ts";
import type { EvidenceRules } from "../rollout/schema.ts";
import type { Millis } from "../time/instant.ts";
import { admissionOf, currentOffers, isOpen } from "./admission.ts";
import { gateContext, stagesOf } from "./context.ts";
import { type AppState, activePromotion, type RollingPromotion, stageOf } from "./state.ts";
import { laterWaveGroups } from "./waves.ts";

function gatesPass(
  state: AppState,
  stage: Stage,
  promotion: RollingPromotion,
  measurements: Measurements,
  now: Millis,
): boolean {
  const context = gateContext(state, stage.name, promotion.version, now, measurements);
  return context !== undefined && passes(binding(rollingGates(context), promotion));
}

/** How far the clients of one rollout may be let in: numbers of offers, counted from its beginning, so that they mean the same to everybody. */
export interface Grant {
  readonly promotion: string;
  readonly total: number;
  readonly byGroup: Readonly<Record<string, number>>;
  /** For each group of which nobody was offered the release yet. */
  readonly unseenGroup: number;
}

/**
 * The offers that may be made now, for every rollout that pays with evidence. They follow from the ration that the log granted and from
 * the counts that `measurements` holds; without those counts nobody new is let in.
 */
export function grantsOf(state: AppState, measurements: Measurements, now: Millis): Grant[] {
  return stagesOf(state).flatMap((stage) => {
    const rules = stage.rollout.evidence;
    const promotion = activePromotion(state, stageOf(state, stage.name));
    if (rules === undefined || promotion === undefined || isForEverybody(promotion)) return [];
    if (promotion.admission === "share") return [];
    // A wave that has it needs no grants, and the next one has to wait.
    if (promotion.exposure.basisPoints >= fullExposure) return [nobody(promotion.id)];
    const open = isOpen(state, stage.name, promotion.id, now) && gatesPass(state, stage, promotion, measurements, now);
    if (!open) return [nobody(promotion.id)];
    const grant = grantOf(rules, promotion, currentOffers(promotion, measurements), now);
    const context = gateContext(state, stage.name, promotion.version, now, measurements);
    const most = context === undefined ? 0 : budgetedClients(state, context);
    return [{ ...grant, total: Math.min(grant.total, most) }];
  });
}

function nobody(promotion: string): Grant {
  return { promotion, total: 0, byGroup: {}, unseenGroup: 0 };
}

function grantOf(rules: EvidenceRules, promotion: RollingPromotion, offers: Offers | undefined, now: Millis): Grant {
  const { id, ration } = promotion;
  if (offers === undefined || ration === undefined) return nobody(id);
  const decision = admissionOf(rules, promotion, offers, now);
  if (decision.verdict !== "continue") return nobody(id);
  const room = Math.min(decision.room, left(ration ?? unlimited, offers.counts.inFlight));
  const byGroup: Record<string, number> = {};
  for (const name of Object.keys(offers.offeredByGroup)) byGroup[name] = 0;
  for (const [index, { name }] of offers.groups.entries())
    byGroup[name] = upTo(offers.offeredByGroup[name] ?? 0, decision.roomByGroup[index] ?? 0);
  for (const name of laterWaveGroups(promotion)) byGroup[name] = 0;
  const full = Object.keys(byGroup).length >= planOf(rules).groupsMost;
  return {
    promotion: id,
    total: upTo(offers.offered, room),
    byGroup,
    // Values beyond the watched ones belong to no group.
    unseenGroup: full ? unlimited : decision.roomOfUnseenGroup,
  };
}

function upTo(offered: number, room: number): number {
  return room >= unlimited ? unlimited : offered + room;
}
