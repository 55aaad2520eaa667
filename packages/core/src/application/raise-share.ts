import type { AnalysisResult } from "../analysis/analysis.ts";
import { shareNumbers } from "../analysis/evidence.ts";
import type { Measurements } from "../analysis/measurement.ts";
import type { Evidence } from "../gates/gate.ts";
import type { Stage } from "../pipeline/schema.ts";
import { fullExposure } from "../rollout/bucket.ts";
import type { AdmissionDecision } from "../rollout/evidence/admission.ts";
import type { Offers } from "../rollout/evidence/offers.ts";
import { unlimited } from "../rollout/evidence/ration.ts";
import { isProved, isWorthAFeed, nextShare, roomByShare } from "../rollout/evidence/share.ts";
import { budgetsFor } from "./budgets.ts";
import { everybodyAskedMs } from "./everybody-asked.ts";
import type { RollingPromotion } from "./state.ts";
import type { Transition } from "./transition.ts";
import { evidenceOf } from "./verify.ts";

/** What a share is raised by. */
interface Paid {
  readonly offers: Offers;
  readonly decision: Extract<AdmissionDecision, { verdict: "continue" }>;
  readonly results: readonly AnalysisResult[];
  readonly evidence: Evidence;
  readonly measurements: Measurements | undefined;
}

/**
 * Raises the share by which clients are let in as far as the evidence pays for, once clients can read the one before. Where nobody knows how
 * many clients there are, no share is small enough, and nothing moves.
 */
export function raiseShare(transition: Transition, stage: Stage, promotion: RollingPromotion, paid: Paid): void {
  const { offers, decision, results, measurements } = paid;
  const { id, version, exposure } = promotion;
  const { expected } = offers;
  // What was counted before the last share could be read does not count those whom it takes in.
  if (exposure.appliedAt === undefined || expected?.basisPoints !== exposure.basisPoints) return;
  const raise = (to: number) => {
    const evidence = { ...paid.evidence, ...shareNumbers(expected), ...evidenceOf(results) };
    const data = { id, stage: stage.name, version, from: exposure.basisPoints, to, evidence };
    transition.add({ type: "ExposureRaised", data });
  };
  const { most, everybody } = budgetsFor(transition, stage, promotion, measurements);
  if (isProved(decision) || isWithAll(transition, stage, promotion, paid)) {
    if (everybody) raise(fullExposure);
    return;
  }
  const room = Math.min(roomByShare(decision, offers), Math.max(0, most - expected.under), unlimited - 1);
  const to = nextShare(expected, room);
  const others = expected.order.places.length - expected.under;
  if (isWorthAFeed(room, offers.counts.inFlight, others) && to > exposure.basisPoints) raise(to);
}

/**
 * Whether all clients that are known of have it, as in a fleet that is too small to prove anything: each has reported or is due, has soaked, and for so long
 * that everybody has read the feed the share did not rise.
 */
function isWithAll(
  { state, meta }: Transition,
  stage: Stage,
  { exposure, decidesFrom = meta.now }: RollingPromotion,
  { offers: { counts, expected }, decision }: Paid,
): boolean {
  if (expected === undefined || expected.under < expected.order.places.length || counts.settled === 0) return false;
  if (counts.inFlight > 0 || decision.room === 0) return false;
  if (stage.rollout.evidence?.soak !== 0 && counts.unsoaked > 0) return false;
  return meta.now >= Math.max(exposure.appliedAt ?? meta.now, decidesFrom) + everybodyAskedMs(state);
}
