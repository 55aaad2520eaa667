import { type Measurements, offersOf } from "../analysis/measurement.ts";
import { isShut } from "../gates/freeze.ts";
import type { AdmissionDecision } from "../rollout/evidence/admission.ts";
import { decideAdmission } from "../rollout/evidence/decide-admission.ts";
import type { GroupMemory } from "../rollout/evidence/groups.ts";
import type { Offers } from "../rollout/evidence/offers.ts";
import { planByShare, planOf } from "../rollout/evidence/plan-of.ts";
import type { EvidenceRules } from "../rollout/schema.ts";
import type { Millis } from "../time/instant.ts";
import { type AppState, type Promotion, stageOf } from "./state.ts";

/**
 * The offers of a promotion as they were counted; undefined when they were not, or before a group was halted that they still
 * count: then nobody knows what the rest would say.
 */
export function currentOffers(promotion: Promotion, measurements: Measurements | undefined): Offers | undefined {
  const offers = offersOf(measurements, promotion.id);
  const { haltedGroups = [] } = promotion;
  const stale = offers?.groups.some(({ name }) => haltedGroups.some(({ group }) => group === name));
  return stale === true ? undefined : offers;
}

/** The groups last looked at under each set of rules: every report asks of all of them, and changes one or two. */
const memories = new WeakMap<EvidenceRules, GroupMemory>();
const rememberedMost = 200;

function memoryOf(rules: EvidenceRules): GroupMemory {
  const known = memories.get(rules);
  if (known !== undefined && known.size <= rememberedMost) return known;
  const memory: GroupMemory = new Map();
  memories.set(rules, memory);
  return memory;
}

/** What the evidence says of a promotion now. */
export function admissionOf(
  rules: EvidenceRules,
  promotion: Promotion,
  offers: Offers,
  now: Millis,
): AdmissionDecision {
  const { haltedGroups = [], decidesFrom = now } = promotion;
  const lastHalt = haltedGroups.at(-1);
  const plan = planOf(rules);
  const input = {
    plan: offers.expected === undefined ? plan : planByShare(plan, offers.expected.askMs),
    fleet: offers.fleet,
    counts: offers.counts,
    groups: offers.groups,
    haltedGroups: haltedGroups.length,
    sinceHaltMs: lastHalt === undefined ? null : now - lastHalt.at,
    elapsedMs: now - decidesFrom,
  };
  return decideAdmission(input, memoryOf(rules));
}

/**
 * Whether a client that asks at this moment may be let in as far as the state says: the rollout is under way, and nobody paused it, froze
 * its stage or withdrew its release. What measurements say is in the grants.
 */
export function isOpen(state: AppState, stage: string, promotion: string, now: Millis): boolean {
  const stageState = stageOf(state, stage);
  const rolling = state.promotions.get(promotion);
  if (stageState.active !== promotion || rolling?.status !== "active") return false;
  if (state.releases.get(rolling.version)?.withdrawn !== undefined) return false;
  return !isShut(state, stageState, now);
}
