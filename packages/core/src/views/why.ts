import type { AnalysisResult } from "../analysis/analysis.ts";
import { judge } from "../analysis/judge.ts";
import type { Measurements } from "../analysis/measurement.ts";
import { type Verifying, verifying } from "../analysis/verification.ts";
import { gateContext } from "../application/context.ts";
import { findRelease, findStage } from "../application/find.ts";
import { type AppState, activePromotion, type Promotion, type RollingPromotion } from "../application/state.ts";
import { barrierOf } from "../application/waves.ts";
import { isRejection, type Rejection } from "../errors/rejection.ts";
import { binding } from "../gates/binding.ts";
import { type Evidence, type GateResult, passes, type Verdict } from "../gates/gate.ts";
import { evaluateGates } from "../gates/registry.ts";
import { rollingGates } from "../gates/rolling.ts";
import { sha256Hex } from "../log/digest.ts";
import type { Stage } from "../pipeline/schema.ts";
import { fullExposure } from "../rollout/bucket.ts";
import { holdMs, nextExposure } from "../rollout/schedule.ts";
import { formatDuration } from "../time/duration.ts";
import { fromRfc3339, type Millis, rfc3339 } from "../time/instant.ts";
import { firstOpening, notBefore } from "./first-opening.ts";
import { gatesInWords } from "./gates-in-words.ts";
import { type PowerView, stagePower } from "./power.ts";
import { inconsistencyOf, targetsWait } from "./targets.ts";
import { type WaveView, waveText, waveView } from "./wave.ts";
import { type WayBackView, wayBackShown } from "./way-back.ts";

export interface ExplainedGate {
  readonly gate: string;
  /** The policy that demands it. */
  readonly policy?: string;
  readonly verdict: "pass" | "fail" | "wait";
  readonly reason: string;
  readonly evidence: Evidence;
  /** RFC 3339: the earliest moment at which it can open. */
  readonly until?: string;
  /** Who can open it; every gate that is not open says so. */
  readonly who?: string;
}

/** Where one release stands with one stage, and why it goes no further. */
export interface Explanation {
  readonly app: string;
  readonly version: string;
  readonly stage: string;
  readonly at: string;
  readonly standing:
    | "live"
    | "complete"
    | "rolling-out"
    | "paused"
    | "waiting"
    | "ready"
    | "rolled-back"
    | "withdrawn"
    | "not-in-line";
  /** One sentence for a person. */
  readonly summary: string;
  /** RFC 3339: the earliest moment at which it can move, when time alone can move it. */
  readonly earliest?: string;
  /** RFC 3339: where people have to do something as well, the earliest moment if they do it at once. */
  readonly notBefore?: string;
  readonly promotion?: string;
  readonly exposureBasisPoints?: number;
  /** The wave that has begun, whose share that is; absent: the stage is one. */
  readonly wave?: WaveView;
  readonly gates: readonly ExplainedGate[];
  readonly analysis: readonly AnalysisResult[];
  /** What the stage's plan can see of the release, while it waits or is rolled out. */
  readonly power?: PowerView;
  /** It was rolled back, and not everybody who has it is sent back yet. */
  readonly wayBack?: WayBackView;
  /** Why the stage's targets do not all have the same, where they do not. */
  readonly inconsistent?: string;
  /** What the stage's targets would change, as they said last while it waited. `changes` null: it could not be found out. */
  readonly plans?: readonly {
    readonly target: string;
    readonly at: string;
    readonly changes: boolean | null;
    readonly text: string;
    /** SHA-256 of the text: what an approval names. */
    readonly sha256: string;
  }[];
}

/**
 * Answers "why?" for one release and one stage. Pure: from the state, what was measured, and the moment.
 * @returns the explanation, or a rejection when there is no such release or stage
 */
export function explain(
  state: AppState,
  question: { readonly version: string; readonly stage: string },
  measurements: Measurements | undefined,
  now: Millis,
): Explanation | Rejection {
  const stage = findStage(state, question.stage);
  if (isRejection(stage)) return stage;
  const release = findRelease(state, question.version);
  if (isRejection(release)) return release;
  const context = gateContext(state, stage.name, release.version, now, measurements);
  if (context === undefined) return findStage(state, "") as Rejection;
  const { stageState } = context;
  const active = activePromotion(state, stageState);
  const rolling = active?.version === release.version ? active : undefined;
  const watched = rolling !== undefined || stageState.live?.version === release.version;
  const gates = rolling === undefined ? evaluateGates(context) : rollingGates(context);
  const analysis = watched ? judge(state, context, measurements) : [];
  const last = context.promotion;
  const inconsistent = inconsistencyOf(state, stageState, now);
  const { wayBack } = wayBackShown(state, stageState, release.version);
  const standing = standingOf(
    context.release.withdrawn !== undefined,
    stageState,
    rolling,
    last,
    gates,
    release.version,
  );
  const barrier = rolling && barrierOf(context, rolling);
  const moment = rolling === undefined ? firstOpening(context, last) : holdEnd(stage, rolling, barrier);
  const bound =
    rolling === undefined && moment === undefined && standing !== "live" ? notBefore(context, last) : undefined;
  return {
    app: state.app,
    version: release.version,
    stage: stage.name,
    at: rfc3339(now),
    standing,
    summary: summarise(standing, release.version, stage, {
      gates,
      analysis,
      rolling,
      active,
      last,
      barrier,
      targets: targetsWait(state, stageState, now),
      verifying: verifying(state, stageState),
      wayBack,
      now,
    }),
    ...(moment !== undefined && moment > now ? { earliest: rfc3339(moment) } : {}),
    ...(bound === undefined ? {} : { notBefore: rfc3339(bound) }),
    ...(last === undefined ? {} : { promotion: last.id }),
    ...(rolling === undefined ? {} : { exposureBasisPoints: rolling.exposure.basisPoints, ...waveView(rolling) }),
    gates: standing === "live" || standing === "complete" ? [] : gates.map(explainGate),
    analysis,
    ...(beforehand.has(standing) ? powerView(state, stage, measurements) : {}),
    ...(wayBack === undefined ? {} : { wayBack }),
    ...(inconsistent === undefined ? {} : { inconsistent }),
    ...plansOf(last),
  };
}

const beforehand: ReadonlySet<Explanation["standing"]> = new Set(["waiting", "ready", "rolling-out", "paused"]);

function powerView(state: AppState, stage: Stage, measurements: Measurements | undefined): Pick<Explanation, "power"> {
  const power = state.pipeline && stagePower(state.pipeline.pipeline, stage, measurements ?? []);
  return power === undefined ? {} : { power };
}

function plansOf(promotion: Promotion | undefined): Pick<Explanation, "plans"> {
  if (promotion?.plans === undefined) return {};
  return {
    plans: promotion.plans.map(({ target, at, changes, text }) => ({
      target,
      at: rfc3339(at),
      changes,
      text,
      sha256: sha256Hex(text),
    })),
  };
}

function explainGate(result: GateResult): ExplainedGate {
  const { gate, policy, verdict, reason, evidence } = result;
  const until = result.verdict === "wait" ? result.until : undefined;
  const who = result.verdict === "pass" ? undefined : (result.who ?? "nobody but time");
  return {
    gate,
    ...(policy === undefined ? {} : { policy }),
    verdict,
    reason,
    evidence,
    ...(until === undefined ? {} : { until: rfc3339(until) }),
    ...(who === undefined ? {} : { who }),
  };
}

function standingOf(
  withdrawn: boolean,
  stage: {
    readonly live?: { readonly version: string };
    readonly completed: { has(version: string): boolean };
    readonly away: { has(version: string): boolean };
  },
  rolling: RollingPromotion | undefined,
  last: Promotion | undefined,
  gates: readonly GateResult[],
  version: string,
): Explanation["standing"] {
  if (withdrawn) return "withdrawn";
  if (rolling !== undefined) return rolling.status === "paused" ? "paused" : "rolling-out";
  if (stage.live?.version === version) return "live";
  if (stage.completed.has(version)) return "complete";
  if (last?.status === "waiting") return passes(binding(gates, last)) ? "ready" : "waiting";
  if (stage.away.has(version)) return "rolled-back";
  return "not-in-line";
}

/** When time alone can move a rollout: the end of its hold, or of what holds the next wave. */
export function holdEnd(stage: Stage, rolling: RollingPromotion, barrier: Verdict | undefined): Millis | undefined {
  const { appliedAt, basisPoints } = rolling.exposure;
  if (appliedAt === undefined || rolling.status === "paused") return undefined;
  if (barrier?.verdict === "wait") return barrier.until;
  return appliedAt + holdMs(stage.rollout, basisPoints);
}

interface Circumstances {
  readonly gates: readonly GateResult[];
  readonly analysis: readonly AnalysisResult[];
  readonly rolling: RollingPromotion | undefined;
  readonly active: RollingPromotion | undefined;
  readonly last: Promotion | undefined;
  /** What stands between the wave that has the release and the next. */
  readonly barrier: Verdict | undefined;
  /** What its stage's targets are at, while they do not all have it. */
  readonly targets: string | undefined;
  readonly verifying: Verifying | undefined;
  readonly wayBack: WayBackView | undefined;
  readonly now: Millis;
}

function summarise(standing: Explanation["standing"], version: string, stage: Stage, facts: Circumstances): string {
  const { gates, rolling, active, last } = facts;
  const place = stage.name;
  switch (standing) {
    case "withdrawn":
      return `${version} was withdrawn and may not be live anywhere.`;
    case "live":
      return `${version} is live in ${place}${facts.verifying === undefined ? "" : `; ${verificationText(facts.verifying, facts)}`}.`;
    case "complete":
      return `${version} was fully rolled out in ${place}; a newer release is live there now.`;
    case "paused":
      return `${version} is paused at ${reachOf(rolling, facts)} of ${place}: ${rolling?.status === "paused" ? rolling.paused.reason : ""}`;
    case "rolling-out":
      return `${version} ${isReached(rolling, facts.targets) ? "has reached" : "is on its way to"} ${reachOf(rolling, facts)} of ${place}; ${rolling === undefined ? "" : rolloutWait(stage, rolling, facts)}.`;
    case "ready":
      return active === undefined
        ? `Every gate of ${place} is open for ${version}.`
        : `Every gate of ${place} is open for ${version}; it waits for ${active.version}, which is rolling out there.`;
    case "waiting":
      return `${version} waits for ${place}: ${closedGates(gates)}.`;
    case "rolled-back":
      return `${version} was rolled back in ${place}: ${last !== undefined && "ended" in last ? last.ended.reason : "no reason recorded"}${wayBackText(facts)}`;
    case "not-in-line":
      if (last?.status === "superseded") return `${version} made way in ${place}: it was ${last.ended.reason}.`;
      return `${version} is not on its way into ${place}: ${firstOf(gates)}.`;
  }
}

function wayBackText({ wayBack, now }: Pick<Circumstances, "wayBack" | "now">): string {
  if (wayBack === undefined) return "";
  const { basisPoints, next } = wayBack;
  const more = next === undefined ? "" : `, more of them in ${formatDuration(Math.max(0, fromRfc3339(next) - now))}`;
  return `; ${basisPoints / 100}% of the clients that have it are sent back${more}`;
}

/** Whether the stage has the share that is asked for: all of its targets, and its feed. @param targets what those are at that do not have it */
export function isReached(rolling: RollingPromotion | undefined, targets: string | undefined): boolean {
  return rolling?.exposure.appliedAt !== undefined && targets === undefined;
}

/** What a rollout waits for before its next step, for a person. */
export function rolloutWait(
  stage: Stage,
  rolling: RollingPromotion,
  facts: Pick<Circumstances, "gates" | "analysis" | "barrier" | "targets" | "now">,
): string {
  if (rolling.status === "paused") return `paused: ${rolling.paused.reason}`;
  const { appliedAt } = rolling.exposure;
  if (appliedAt === undefined || !isReached(rolling, facts.targets))
    return facts.targets ?? "waits for its feed to be published";
  const to = nextExposure(stage.rollout, rolling.exposure.basisPoints);
  const { waves = [], exposure } = rolling;
  const wave = waves[exposure.wave ?? 0];
  const next =
    to !== undefined ? `goes to ${to / 100}%` : wave === undefined ? "is complete" : `begins wave ${wave.name}`;
  const closed = facts.gates.filter((gate) => gate.verdict !== "pass");
  if (closed.length > 0) return `held where it is by ${closedGates(closed)}`;
  const evidence = rolling.exposure.basisPoints < fullExposure ? evidenceAmong(facts.analysis) : undefined;
  if (evidence !== undefined) return evidence.reason;
  const left = appliedAt + holdMs(stage.rollout, rolling.exposure.basisPoints) - facts.now;
  const open = facts.analysis
    .filter((result) => result.verdict !== "pass")
    .map((result) => `${result.analysis}: ${result.reason}`);
  const barrier = facts.barrier?.verdict === "wait" ? [waitText(facts.barrier)] : [];
  if (barrier.length > 0) return `${next} after: ${[...barrier, ...open].join("; ")}`;
  if (left > 0) return `${next} in ${formatDuration(left)}${open.length > 0 ? `, if by then ${open.join("; ")}` : ""}`;
  return open.length > 0 ? `waits for ${open.join("; ")}` : `${next} now`;
}

function waitText({ reason, who }: Extract<Verdict, { verdict: "wait" }>): string {
  return who === undefined ? reason : `${reason}; ${who}`;
}

/** A share, or so many clients where they are let in one by one. */
function reachOf(rolling: RollingPromotion | undefined, { analysis }: Pick<Circumstances, "analysis">): string {
  const basisPoints = rolling?.exposure.basisPoints ?? 0;
  const clients = basisPoints < fullExposure ? evidenceAmong(analysis)?.evidence.clients : undefined;
  if (typeof clients === "number") return clients === 1 ? "1 client" : `${clients} clients`;
  const { wave } = waveView(rolling);
  return `${basisPoints / 100}%${wave === undefined ? "" : ` of ${waveText(wave)}`}`;
}

function evidenceAmong(analysis: readonly AnalysisResult[]): AnalysisResult | undefined {
  return analysis.find((result) => result.analysis === "evidence" && result.verdict === "pass");
}

/** Where a release stands in its verification, for a person. */
function verificationText({ window, windows, until }: Verifying, { analysis, now }: Circumstances): string {
  const open = analysis
    .filter((result) => result.verdict !== "pass")
    .map((result) => `${result.analysis}: ${result.reason}`);
  const where = `it is being verified, window ${window} of ${windows}`;
  if (until > now)
    return `${where}, which ends in ${formatDuration(until - now)}${open.length > 0 ? `, if by then ${open.join("; ")}` : ""}`;
  return `${where}, which waits for ${open.join("; ") || "the next look"}`;
}

function closedGates(gates: readonly GateResult[]): string {
  const closed = gates.filter((gate) => gate.verdict !== "pass");
  return gatesInWords(closed, ({ gate, reason }) => `${gate} (${reason})`);
}

/** What comes first before a release can be on its way into a stage. */
function firstOf(gates: readonly GateResult[]): string {
  const before = gates.find(({ gate, verdict }) => gate === "previous-stage" && verdict !== "pass");
  return before === undefined ? closedGates(gates) || "nobody has asked for it" : `it ${before.reason}`;
}
