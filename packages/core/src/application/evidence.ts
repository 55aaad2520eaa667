import type { AnalysisResult } from "../analysis/analysis.ts";
import { numbersOf } from "../analysis/evidence.ts";
import type { Measurements } from "../analysis/measurement.ts";
import type { Stage } from "../pipeline/schema.ts";
import { fullExposure } from "../rollout/bucket.ts";
import type { Offers } from "../rollout/evidence/offers.ts";
import { planOf } from "../rollout/evidence/plan-of.ts";
import { unlimited } from "../rollout/evidence/ration.ts";
import { currentWave } from "../rollout/reach.ts";
import { waveGroup } from "../rollout/waves/wave-of.ts";
import { formatDuration } from "../time/duration.ts";
import type { Millis } from "../time/instant.ts";
import { admissionOf, currentOffers } from "./admission.ts";
import { budgetsFor } from "./budgets.ts";
import { everybodyAskedMs } from "./everybody-asked.ts";
import { raiseShare } from "./raise-share.ts";
import type { Promotion, RollingPromotion } from "./state.ts";
import type { Transition } from "./transition.ts";
import { evidenceOf } from "./verify.ts";
import { laterWaveGroups } from "./waves.ts";

/** A ration is granted anew when it changes by so much: the log tells of what matters, and not of every report. */
const noticeable = 1.25;

/**
 * Lets a rollout that pays with evidence go as far as its counts allow: grants a ration, halts groups, raises the exposure to everybody once
 * nothing holds any more, or hands over to a person. Without counts nothing moves.
 */
export function progressByEvidence(
  transition: Transition,
  stage: Stage,
  promotion: RollingPromotion,
  results: readonly AnalysisResult[],
  measurements: Measurements | undefined,
): void {
  const rules = stage.rollout.evidence;
  const offers = currentOffers(promotion, measurements);
  if (rules === undefined || offers === undefined) return;
  const { id, version } = promotion;
  const about = { id, stage: stage.name, version };
  const { now } = transition.meta;
  const decision = admissionOf(rules, promotion, offers, now);
  const evidence = numbersOf(decision.why, planOf(rules));
  switch (decision.verdict) {
    case "stop":
      return;
    case "halt-groups":
      haltGroups(transition, stage, promotion, measurements);
      return;
    case "undecided": {
      const reason = `not decided within ${formatDuration(rules["decide-within"])}: resume it to give it as long again, or abort it`;
      transition.add({ type: "PromotionPaused", data: { ...about, cause: "undecided", reason, evidence } });
      return;
    }
    case "continue": {
      if (promotion.admission === "share") {
        raiseShare(transition, stage, promotion, { offers, decision, results, evidence, measurements });
        return;
      }
      const later = laterWaveGroups(promotion);
      const rooms = [
        decision.room,
        ...decision.roomByGroup.filter((_, i) => !later.includes(offers.groups[i]?.name ?? "")),
      ];
      const everybody =
        rooms.every((room) => room >= unlimited) ||
        isWith(promotion, offers, rooms, rules.soak, everybodyAskedMs(transition.state), now);
      const from = promotion.exposure.basisPoints;
      if (everybody && budgetsFor(transition, stage, promotion, measurements).everybody) {
        const paid = { ...evidence, ...evidenceOf(results) };
        transition.add({ type: "ExposureRaised", data: { ...about, from, to: fullExposure, evidence: paid } });
        return;
      }
      const most = decision.why.ration;
      if (isNoticeable(promotion.ration, most))
        transition.add({
          type: "RationGranted",
          data: { ...about, most: most >= unlimited ? null : most, evidence },
        });
    }
  }
}

/** Halts the groups that fail more often than they may, in a rollout or in what is live. @returns whether there were any */
export function haltGroups(
  transition: Transition,
  stage: Stage,
  promotion: Promotion,
  measurements: Measurements | undefined,
): boolean {
  const rules = stage.rollout.evidence;
  const offers = currentOffers(promotion, measurements);
  if (rules === undefined || offers === undefined) return false;
  const decision = admissionOf(rules, promotion, offers, transition.meta.now);
  if (decision.verdict !== "halt-groups") return false;
  for (const group of decision.groups) {
    const counts = offers.groups.find(({ name }) => name === group);
    const { id, version } = promotion;
    const evidence = {
      clients: counts?.installed ?? 0,
      failed: counts?.failed ?? 0,
      limit: planOf(rules).limits.group,
    };
    transition.add({ type: "GroupHalted", data: { id, stage: stage.name, version, group, evidence } });
  }
  return true;
}

/**
 * Whether a release is with everybody there is, as in a fleet that is too small to prove anything: nobody is at risk or has yet to soak, there is
 * room, and for so long that every client has asked nobody had to wait. Giving it to everybody then changes nothing for those who ask.
 */
function isWith(
  promotion: RollingPromotion,
  offers: Offers,
  rooms: readonly number[],
  soakMs: number,
  everybodyAsked: number,
  now: Millis,
): boolean {
  const { counts, lastAskedAt } = offers;
  const wave = currentWave(promotion)?.wave;
  // Nobody belongs to a wave of which nobody asks. Where there are no waves, that nobody asked yet says nothing.
  const empty = wave !== undefined && (offers.offeredByGroup[waveGroup(wave)] ?? 0) === 0;
  if (!empty && (lastAskedAt === undefined || counts.settled === 0)) return false;
  if (counts.inFlight > 0 || rooms.some((room) => room === 0)) return false;
  if (soakMs > 0 && counts.unsoaked > 0) return false;
  return now >= Math.max(lastAskedAt ?? 0, promotion.decidesFrom ?? now) + everybodyAsked;
}

function isNoticeable(before: number | null | undefined, now: number): boolean {
  if (before === undefined) return true;
  const was = before ?? unlimited;
  return now > was * noticeable || now * noticeable < was;
}
