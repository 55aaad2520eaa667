import type { AdmissionDecision, AdmissionReason } from "../rollout/evidence/admission.ts";
import type { ClientCounts } from "../rollout/evidence/counts.ts";
import type { EvidencePlan } from "../rollout/evidence/plan.ts";
import { unlimited } from "../rollout/evidence/ration.ts";
import type { Expected } from "../rollout/evidence/share.ts";
import { grouped } from "../rollout/power/words.ts";
import type { AnalysisResult } from "./analysis.ts";

/** The clients of the wave that has begun, and how many more of them may get the release now. */
export interface OwnOfWave {
  readonly name: string;
  readonly counts: ClientCounts;
  readonly room: number;
}

/** What the tests beside a rollout that pays with evidence say: fails when one of them stops it. */
export function judgeEvidence(
  decision: AdmissionDecision,
  plan: EvidencePlan,
  { wave, expected }: { readonly wave?: OwnOfWave | undefined; readonly expected?: Expected | undefined } = {},
): AnalysisResult {
  const { why } = decision;
  const evidence = { ...numbersOf(why, plan), ...(expected === undefined ? {} : shareNumbers(expected)) };
  return decision.verdict === "stop"
    ? { analysis: "evidence", verdict: "fail", reason: stopReason(decision.cause, why, plan), evidence }
    : {
        analysis: "evidence",
        verdict: "pass",
        reason: `${reasonOf(why, plan)}${waveReason(wave)}${shareReason(expected)}`,
        evidence,
      };
}

function stopReason(cause: "failures" | "crashes" | "missing", why: AdmissionReason, plan: EvidencePlan): string {
  const { failures, crashes, missing } = why;
  const proof = ({ eValue, threshold }: { readonly eValue: number; readonly threshold: number }) =>
    `(E = ${short(eValue)} ≥ ${short(threshold)})`;
  switch (cause) {
    case "failures":
      return `${failures.k} of ${failures.n} clients failed: more than ${percent(plan.limits.failure)} explains ${proof(failures)}`;
    case "crashes":
      return `more clients were harmed after their health was confirmed than ${percent(plan.limits.crash)} explains ${proof(crashes)}`;
    case "missing":
      return `${missing.k} of ${missing.n} clients went silent: more than ${percent(plan.limits.missing)} explains ${proof(missing)}`;
  }
}

function reasonOf({ failures, upper, ration, inFlight, heldBy }: AdmissionReason, plan: EvidencePlan): string {
  const { n, k, eValue, threshold } = failures;
  const seen = `${k} of ${n} clients failed: no proof of more than ${percent(plan.limits.failure)} (E = ${short(eValue)}, stops at ${short(threshold)})`;
  const bound = upper <= plan.limits.failure ? "the limit is proved" : `up to ${percent(upper)} may fail`;
  const most = ration >= unlimited ? "any number" : String(ration);
  return `${seen}; ${bound}, so ${most} may be at risk at once, and ${inFlight} are${held[heldBy]}`;
}

/** A wave pays for itself, whatever those before it have proved. */
function waveReason(wave: OwnOfWave | undefined): string {
  if (wave === undefined) return "";
  const { name, counts, room } = wave;
  const more = room >= unlimited ? "all of it may get it" : `${room} more may get it now`;
  return `; wave ${name}: ${counts.failed} of ${counts.installed} failed, ${more}`;
}

/** What a share is of, by which clients are let in. */
export function shareNumbers({ order, under }: Expected) {
  return {
    underShare: under,
    shareOf: order.places.length,
    knownById: order.known,
  };
}

function shareReason(expected: Expected | undefined): string {
  if (expected === undefined) return "";
  const { underShare, shareOf, knownById } = shareNumbers(expected);
  if (shareOf === 0)
    return "; nobody knows how many clients there are, so no share is small enough: say it in the strategy, as fleet: NUMBER";
  const known = knownById === shareOf ? "" : ` (${knownById} known by their reports)`;
  return `; the published share takes in ${underShare} of ${shareOf} clients${known}`;
}

const held = {
  failures: "",
  soak: "; held by the soak",
  missing: "; held by clients that are silent",
  brake: "; held by what speaks against it",
  "group-halted": "; quiet after a group was halted",
  nothing: "",
} as const;

/** The numbers of a decision as the log keeps them: enough to check it by hand. */
export function numbersOf(why: AdmissionReason, plan: EvidencePlan) {
  const { failures, crashes, missing, upper, ration, inFlight, heldBy } = why;
  return {
    clients: failures.n,
    failed: failures.k,
    eValue: rounded(failures.eValue),
    threshold: rounded(failures.threshold),
    limit: plan.limits.failure,
    upper: rounded(upper),
    ration: ration >= unlimited ? null : ration,
    inFlight,
    heldBy,
    crashEValue: rounded(crashes.eValue),
    crashThreshold: rounded(crashes.threshold),
    due: missing.n,
    missing: missing.k,
    missingEValue: rounded(missing.eValue),
    missingThreshold: rounded(missing.threshold),
  };
}

function rounded(value: number): number {
  return Number(value.toPrecision(6));
}

function short(value: number): string {
  if (value >= 1_000_000) return value.toExponential(1);
  return value >= 1_000 ? grouped(Number(value.toPrecision(2))) : String(Number(value.toPrecision(3)));
}

function percent(fraction: number): string {
  return `${Number((fraction * 100).toPrecision(2))}%`;
}
