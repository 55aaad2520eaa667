import { admissionOf, currentOffers } from "../application/admission.ts";
import { type AppState, activePromotion, type Promotion } from "../application/state.ts";
import type { GateContext } from "../gates/gate.ts";
import { noIssues } from "../gates/no-issues.ts";
import type { Stage } from "../pipeline/schema.ts";
import { fullExposure } from "../rollout/bucket.ts";
import type { AdmissionDecision } from "../rollout/evidence/admission.ts";
import type { Offers } from "../rollout/evidence/offers.ts";
import { planOf } from "../rollout/evidence/plan-of.ts";
import { currentWave } from "../rollout/reach.ts";
import type { EvidenceRules } from "../rollout/schema.ts";
import { waveGroup } from "../rollout/waves/wave-of.ts";
import type { AnalysisResult } from "./analysis.ts";
import { judgeClients } from "./clients.ts";
import { fixedLimit, stopLimit } from "./compared.ts";
import { judgeEvidence, type OwnOfWave } from "./evidence.ts";
import { judgeMeasured } from "./judge-measured.ts";
import { measuredAnalyses } from "./measured.ts";
import { countsOf, type Measurements } from "./measurement.ts";
import { stopTest } from "./stop-test.ts";
import { verifying } from "./verification.ts";

/** Failure rate at which the stop test is set where the pipeline names none: 1 %, in basis points. */
const defaultLimit = 100;

/**
 * Every analysis of a stage for the release that is rolling out or live in it.
 * @param measurements what was measured just now; undefined: nothing was, and whatever needs it is inconclusive
 */
export function judge(state: AppState, context: GateContext, measurements: Measurements | undefined): AnalysisResult[] {
  const { stage, release } = context;
  const counts = measurements === undefined ? undefined : countsOf(measurements, stage.name, release.version);
  const results: AnalysisResult[] = [];
  const rules = stage.rollout.evidence;
  if (rules !== undefined) results.push(...judgeRollout(state, context, rules, measurements));
  else if (stage["stop-test"])
    results.push(
      counts === undefined ? notMeasured("stop-test") : stopTest(counts, stopLimit(context, failureLimit(stage))),
    );
  for (const analysis of stage.analysis) {
    if (analysis.clients !== undefined)
      results.push(counts === undefined ? notMeasured("clients") : judgeClients(counts, analysis.clients));
    if (analysis.issues !== undefined) {
      const found = noIssues.evaluate(analysis.issues, { ...context, state });
      const verdict = found.verdict === "pass" ? "pass" : "fail";
      results.push({ analysis: "issues", verdict, reason: found.reason, evidence: found.evidence });
    }
  }
  return [...results, ...judgeAllMeasured(state, context)];
}

/** What is measured says something only of a release that is rolling out or being verified: of others nothing is measured. */
function judgeAllMeasured(state: AppState, { stage, stageState, release, now }: GateContext): AnalysisResult[] {
  const active = activePromotion(state, stageState);
  const rising = active?.version === release.version;
  const subject = rising ? active : verifying(state, stageState)?.promotion;
  if (subject?.version !== release.version) return [];
  const progress = state.analyses.get(subject.id);
  return measuredAnalyses(stage).map((analysis) =>
    judgeMeasured(analysis, progress?.get(analysis.name), { now, rising }),
  );
}

function judgeRollout(
  state: AppState,
  { stage, stageState, release, now }: GateContext,
  rules: EvidenceRules,
  measurements: Measurements | undefined,
): AnalysisResult[] {
  const promotion = [stageState.active, stageState.live?.promotion]
    .map((id) => (id === undefined ? undefined : state.promotions.get(id)))
    .find((candidate) => candidate?.version === release.version);
  // Offers are counted of what rolls out or is live; of a release that a newer one overtook, clients still report.
  if (promotion === undefined)
    return [
      measurements === undefined
        ? notMeasured("stop-test")
        : stopTest(countsOf(measurements, stage.name, release.version), fixedLimit(rules["max-failure-rate"])),
    ];
  const offers = currentOffers(promotion, measurements);
  if (offers === undefined) return [notMeasured("evidence")];
  const decision = admissionOf(rules, promotion, offers, now);
  return [
    judgeEvidence(decision, planOf(rules), {
      wave: ownOfWave(promotion, offers, decision),
      expected: isForAll(promotion) ? undefined : offers.expected,
    }),
  ];
}

function isForAll(promotion: Promotion): boolean {
  return "exposure" in promotion && (promotion.exposure?.basisPoints ?? 0) >= fullExposure;
}

/** What the wave that has begun has paid by itself. */
function ownOfWave(promotion: Promotion, { groups }: Offers, decision: AdmissionDecision): OwnOfWave | undefined {
  if (decision.verdict !== "continue" || promotion.status === "waiting" || promotion.exposure === undefined)
    return undefined;
  const { waves = [], exposure } = promotion;
  const wave = currentWave({ waves, exposure })?.wave;
  const index = wave === undefined ? -1 : groups.findIndex(({ name }) => name === waveGroup(wave));
  const counts = groups[index];
  if (wave === undefined || counts === undefined || exposure.basisPoints >= fullExposure) return undefined;
  return { name: wave.name, counts, room: decision.roomByGroup[index] ?? 0 };
}

/** The failure rate above which a release does harm in this stage, in basis points: the strictest that the pipeline names. */
export function failureLimit(stage: Stage): number {
  const named = stage.analysis.flatMap((analysis) =>
    analysis.clients === undefined ? [] : [analysis.clients["max-failure-rate"]],
  );
  return named.length === 0 ? defaultLimit : Math.min(...named);
}

function notMeasured(analysis: string): AnalysisResult {
  return { analysis, verdict: "inconclusive", reason: "the clients' reports have not been counted", evidence: {} };
}
