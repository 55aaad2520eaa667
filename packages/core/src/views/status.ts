import type { AnalysisResult } from "../analysis/analysis.ts";
import { stopLimit } from "../analysis/compared.ts";
import { numbersOf } from "../analysis/evidence.ts";
import { failureLimit, judge } from "../analysis/judge.ts";
import { countsOf, type Measurements } from "../analysis/measurement.ts";
import { verifying } from "../analysis/verification.ts";
import { admissionOf, currentOffers } from "../application/admission.ts";
import { gateContext, stagesOf } from "../application/context.ts";
import { openRequest } from "../application/rollback-request/request.ts";
import {
  type AppState,
  activePromotion,
  type Freeze,
  type Promotion,
  type RollingPromotion,
  type StageState,
  stageOf,
} from "../application/state.ts";
import { barrierOf } from "../application/waves.ts";
import { nextWayBack, wayBackOf } from "../application/way-back.ts";
import { binding } from "../gates/binding.ts";
import { isFrozen } from "../gates/freeze.ts";
import { evaluateGates } from "../gates/registry.ts";
import { rollingGates } from "../gates/rolling.ts";
import type { Stage } from "../pipeline/schema.ts";
import { newestFirst } from "../release/version.ts";
import { fullExposure } from "../rollout/bucket.ts";
import { planOf } from "../rollout/evidence/plan-of.ts";
import type { FindProgress } from "../targets/progress.ts";
import { type Millis, rfc3339 } from "../time/instant.ts";
import { firstOpening } from "./first-opening.ts";
import { type PowerView, stagePower } from "./power.ts";
import { type RollbackRequestView, rollbackRequestView } from "./rollback-request.ts";
import { inconsistencyOf, type TargetView, targetsWait, targetViews } from "./targets.ts";
import { type WaveView, waveView } from "./wave.ts";
import type { WayBackView } from "./way-back.ts";
import { holdEnd, isReached, rolloutWait } from "./why.ts";

/** Distinct clients of a release in a stage. */
export interface ClientsView {
  readonly reached: number;
  readonly healthy: number;
  readonly failed: number;
}

/** A release that is live and is still watched, before it is one to go back to. */
export interface VerificationView {
  /** Counted from 1. */
  readonly window: number;
  readonly windows: number;
  /** RFC 3339: when the window ends, if the analysis passes then. */
  readonly until: string;
  /** What does not pass at the moment, for people. */
  readonly open: readonly string[];
}

export interface ActiveView {
  readonly promotion: string;
  readonly version: string;
  readonly status: "active" | "paused";
  /** The share that is asked for. */
  readonly basisPoints: number;
  /** Not all of the stage's targets, or not its feed, have that share yet; absent: all of them have. */
  readonly moving?: true;
  /** The wave that has begun, whose share this is; absent: the stage is one. */
  readonly wave?: WaveView;
  readonly startedAt: string;
  /** For a person: what it waits for. */
  readonly waitsFor: string;
  /** RFC 3339, when time alone can move it. */
  readonly until?: string;
  readonly overriddenBy?: string;
  readonly clients: ClientsView;
  /** Where exposure is paid for with evidence, until everybody gets it. */
  readonly ration?: RationView;
}

/** Where a rollout stands that pays with evidence. Rates are fractions. */
export interface RationView {
  /** Clients that were offered it, with those of halted groups; or that are under the share by which it is offered. */
  readonly offered: number;
  /** n and k: clients that count, and those of them that failed. */
  readonly clients: number;
  readonly failed: number;
  /** E, and where it stops the release. */
  readonly eValue: number;
  readonly threshold: number;
  /** U: how many may still fail; and the limit. */
  readonly upper: number;
  readonly limit: number;
  /** How many may be at risk at once; null: any number. */
  readonly most: number | null;
  readonly inFlight: number;
  readonly heldBy: string;
  readonly haltedGroups: readonly string[];
  /** Of how many clients the share is by which it is offered; absent: clients are let in one by one. */
  readonly ofClients?: number;
}

export interface WaitingView {
  readonly promotion: string;
  readonly version: string;
  readonly waitsFor: readonly { readonly gate: string; readonly reason: string }[];
  readonly until?: string;
  /** Who let it pass over the gates, and why; what nothing passes over keeps it waiting. */
  readonly overriddenBy?: string;
}

/** A freeze in force; `until` in RFC 3339. */
export interface FrozenView {
  readonly by: string;
  readonly reason: string;
  readonly until?: string;
}

export interface StageView {
  readonly name: string;
  readonly live: {
    readonly version: string;
    readonly since: string;
    readonly promotion: string;
    /** Who let it in past its gates, and why. */
    readonly overriddenBy?: string;
    readonly clients: ClientsView;
    readonly verification?: VerificationView;
  } | null;
  readonly active: ActiveView | null;
  /** Newest first. */
  readonly waiting: readonly WaitingView[];
  /** Versions that were rolled back here and are not offered again, newest first, at most 20. */
  readonly rolledBack: readonly string[];
  /** Clients that have these are sent back by and by: so many of them so far, more at `next`; absent: all of them are. */
  readonly wayBack?: WayBackView & { readonly versions: readonly string[] };
  /** Somebody asked that the stage go back, and it waits for approval; absent: nobody did. */
  readonly rollbackRequest?: RollbackRequestView;
  /** Nothing enters, and no exposure rises; `until` in RFC 3339. */
  readonly frozen: FrozenView | null;
  /** Nothing enters by itself: somebody promoted another release than the newest by hand. */
  readonly held: { readonly by: string; readonly version: string; readonly since: string } | null;
  /** What its plan can see of a release that is on its way or waits; absent: there is none, or no clients report there. */
  readonly power?: PowerView;
  /** Whether the stop test runs beside this stage's rollouts. */
  readonly stopTest: boolean;
  /** Where the stop test compares: which limit is in force for what is rolling out, for a person. */
  readonly stopTestNote?: string;
  /** Where the stage's release is put besides its feed, in the order in which it gets there. */
  readonly targets: readonly TargetView[];
  /** Why the targets do not all have the same; null while they agree or move together. */
  readonly inconsistent: string | null;
}

export interface StatusView {
  readonly app: string;
  readonly at: string;
  /** Number of the last event that this follows from. */
  readonly seq: number;
  readonly pipelineDigest: string | null;
  readonly releases: number;
  readonly openIssues: readonly {
    readonly id: string;
    readonly version: string;
    readonly severity: string;
    readonly title: string;
  }[];
  /** Somebody has frozen every stage; absent: nobody has. */
  readonly frozen?: FrozenView;
  readonly stages: readonly StageView[];
}

/**
 * Every stage: what is live, what is on its way, and what it waits for. Pure.
 * @param progress how far targets are that somebody is at, which no event says
 */
export function statusOf(
  state: AppState,
  measurements: Measurements,
  now: Millis,
  progress: FindProgress = () => undefined,
): StatusView {
  return {
    app: state.app,
    at: rfc3339(now),
    seq: state.seq,
    pipelineDigest: state.pipeline?.digest ?? null,
    releases: state.releases.size,
    openIssues: state.openIssues
      .toArray()
      .flatMap((id) => state.issues.get(id) ?? [])
      .map(({ id, version, severity, title }) => ({ id, version, severity, title })),
    ...(isFrozen(state.frozen, now) ? { frozen: frozenView(state.frozen) } : {}),
    stages: stagesOf(state).map((stage) => ({
      ...stageView(state, stage, measurements, now),
      targets: targetViews(state, stage.name, progress),
    })),
  };
}

function stageView(state: AppState, stage: Stage, measurements: Measurements, now: Millis): Omit<StageView, "targets"> {
  const stageState = stageOf(state, stage.name);
  const active = activePromotion(state, stageState);
  const { live } = stageState;
  const waiting = waitingViews(state, stage, measurements, now);
  return {
    name: stage.name,
    live:
      live === undefined
        ? null
        : {
            version: live.version,
            since: rfc3339(live.since),
            promotion: live.promotion,
            ...overriddenBy(state.promotions.get(live.promotion)),
            clients: clientsOf(measurements, stage.name, live.version),
            ...verificationView(state, stage, measurements, now),
          },
    active: active === undefined ? null : activeView(state, stage, active, measurements, now),
    waiting,
    rolledBack: stageState.away.toArray().sort(newestFirst).slice(0, 20),
    ...wayBackView(state, stageState),
    ...requestView(state, stage.name),
    frozen: isFrozen(stageState.frozen, now) ? frozenView(stageState.frozen) : null,
    held: heldView(stageState),
    ...(active !== undefined || waiting.length > 0 ? powerView(state, stage, measurements) : {}),
    stopTest: stage["stop-test"] !== false,
    ...stopTestNote(state, stage, active?.version ?? live?.version, measurements, now),
    inconsistent: inconsistencyOf(state, stageState, now) ?? null,
  };
}

function powerView(state: AppState, stage: Stage, measurements: Measurements): Pick<StageView, "power"> {
  const power = state.pipeline && stagePower(state.pipeline.pipeline, stage, measurements);
  return power === undefined ? {} : { power };
}

function stopTestNote(
  state: AppState,
  stage: Stage,
  version: string | undefined,
  measurements: Measurements,
  now: Millis,
): Pick<StageView, "stopTestNote"> {
  const context = version === undefined ? undefined : gateContext(state, stage.name, version, now, measurements);
  const note = context && stopLimit(context, failureLimit(stage)).note;
  return note === undefined ? {} : { stopTestNote: note };
}

function verificationView(
  state: AppState,
  stage: Stage,
  measurements: Measurements,
  now: Millis,
): { readonly verification?: VerificationView } {
  const found = verifying(state, stageOf(state, stage.name));
  const context = found && gateContext(state, stage.name, found.promotion.version, now, measurements);
  if (found === undefined || context === undefined) return {};
  const { window, windows, until } = found;
  const open = notPassing(judge(state, context, measurements));
  return { verification: { window, windows, until: rfc3339(until), open } };
}

function notPassing(results: readonly AnalysisResult[]): string[] {
  return results.filter(({ verdict }) => verdict !== "pass").map(({ analysis, reason }) => `${analysis}: ${reason}`);
}

function wayBackView(state: AppState, stage: StageState): Pick<StageView, "wayBack"> {
  const way = wayBackOf(state, stage);
  if (way === undefined) return {};
  const next = nextWayBack(state, stage);
  const { versions, basisPoints } = way;
  return { wayBack: { versions, basisPoints, ...(next === undefined ? {} : { next: rfc3339(next.at) }) } };
}

function requestView(state: AppState, stage: string): Pick<StageView, "rollbackRequest"> {
  const request = openRequest(state, stage);
  return request === undefined ? {} : { rollbackRequest: rollbackRequestView(state, request) };
}

function frozenView({ by, reason, until }: Freeze): FrozenView {
  return { by, reason, ...(until === undefined ? {} : { until: rfc3339(until) }) };
}

function overriddenBy(promotion: Promotion | undefined): { readonly overriddenBy?: string } {
  const override = promotion?.override;
  return override === undefined ? {} : { overriddenBy: `${override.by}: ${override.reason}` };
}

function heldView({ hold }: StageState): StageView["held"] {
  return hold === undefined ? null : { by: hold.by, version: hold.version, since: rfc3339(hold.at) };
}

function activeView(
  state: AppState,
  stage: Stage,
  active: RollingPromotion,
  measurements: Measurements,
  now: Millis,
): ActiveView {
  const context = gateContext(state, stage.name, active.version, now, measurements);
  const gates = context === undefined ? [] : binding(rollingGates(context), active);
  const analysis = context === undefined ? [] : judge(state, context, measurements);
  const targets = targetsWait(state, stageOf(state, stage.name), now);
  const barrier = context && barrierOf(context, active);
  const until = holdEnd(stage, active, barrier);
  return {
    promotion: active.id,
    version: active.version,
    status: active.status,
    basisPoints: active.exposure.basisPoints,
    ...(isReached(active, targets) ? {} : { moving: true }),
    ...waveView(active),
    startedAt: rfc3339(active.startedAt),
    waitsFor: rolloutWait(stage, active, { gates, analysis, barrier, targets, now }),
    ...(until !== undefined && until > now ? { until: rfc3339(until) } : {}),
    ...overriddenBy(active),
    clients: clientsOf(measurements, stage.name, active.version),
    ...rationView(stage, active, measurements, now),
  };
}

function rationView(
  stage: Stage,
  active: RollingPromotion,
  measurements: Measurements,
  now: Millis,
): { readonly ration?: RationView } {
  const rules = stage.rollout.evidence;
  const offers = currentOffers(active, measurements);
  if (rules === undefined || offers === undefined || active.exposure.basisPoints >= fullExposure) return {};
  const { clients, failed, eValue, threshold, upper, limit, inFlight, heldBy, ration } = numbersOf(
    admissionOf(rules, active, offers, now).why,
    planOf(rules),
  );
  const haltedGroups = (active.haltedGroups ?? []).map(({ group }) => group);
  const numbers = { clients, failed, eValue, threshold, upper, limit, inFlight, heldBy, haltedGroups };
  const { expected, offered } = offers;
  if (expected !== undefined)
    return {
      ration: { ...numbers, offered: expected.under, most: ration, ofClients: expected.order.places.length },
    };
  return { ration: { ...numbers, offered, most: active.ration === undefined ? 0 : active.ration } };
}

function waitingViews(state: AppState, stage: Stage, measurements: Measurements, now: Millis): WaitingView[] {
  const stageState = stageOf(state, stage.name);
  const busy = activePromotion(state, stageState);
  return stageState.waiting
    .toArray()
    .flatMap((id) => state.promotions.get(id) ?? [])
    .sort((a, b) => newestFirst(a.version, b.version))
    .flatMap((promotion) => {
      const { id, version } = promotion;
      const context = gateContext(state, stage.name, version, now, measurements);
      if (context === undefined) return [];
      const gates = binding(evaluateGates(context), promotion);
      const closed = gates.filter((gate) => gate.verdict !== "pass").map(({ gate, reason }) => ({ gate, reason }));
      const until = firstOpening(context, promotion);
      const queued =
        busy === undefined ? [] : [{ gate: "stage", reason: `${busy.version} is rolling out (${busy.id})` }];
      return [
        {
          promotion: id,
          version,
          waitsFor: [...closed, ...queued],
          ...overriddenBy(promotion),
          ...(until === undefined ? {} : { until: rfc3339(until) }),
        },
      ];
    });
}

function clientsOf(measurements: Measurements, stage: string, version: string): ClientsView {
  const { reached, healthy, failed } = countsOf(measurements, stage, version);
  return { reached, healthy, failed };
}
