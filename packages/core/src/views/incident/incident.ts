import { stagesOf } from "../../application/context.ts";
import type { EndCause } from "../../application/events/end-cause.ts";
import type { FormalRequest } from "../../application/events/rollback.ts";
import type { ApplicationFactType } from "../../application/events.ts";
import { unsealed } from "../../application/evolve.ts";
import { type AppState, type Promotion, stageOf } from "../../application/state.ts";
import type { Evidence } from "../../gates/gate.ts";
import type { SealedEvent } from "../../log/event.ts";
import type { Severity } from "../../pipeline/values.ts";
import { hasChannel, outsideTargets } from "../../targets/outside.ts";
import { fromRfc3339 } from "../../time/instant.ts";
import { type WaveView, waveView } from "../wave.ts";
import { followUpsOf } from "./follow-ups.ts";
import type { IncidentMoment } from "./moment.ts";
import { requestTypes } from "./request-moment.ts";
import { type Bearers, timelineOf } from "./timeline.ts";

/** Distinct clients, by the channel and version that their reports are about. */
export interface IncidentCounts {
  readonly channel: string;
  readonly version: string;
  readonly reached: number;
  readonly failed: number;
  readonly rolledBack: number;
}

/** An issue against the release that an incident is about. */
export interface IncidentIssue {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly resolved: boolean;
}

/** What there is to know of one rollback. Times are RFC 3339, durations ms, shares basis points. */
export interface Incident {
  /** `incident-N`: the Nth rollback in the application's log. */
  readonly id: string;
  readonly app: string;
  readonly stage: string;
  readonly promotion: string;
  /** The version that was taken out. */
  readonly from: string;
  /** What is offered instead; null: there was nothing to go back to. */
  readonly to: string | null;
  readonly cause: EndCause;
  readonly reason: string;
  /** What proved the harm: each failing analysis with what was measured and its limit. */
  readonly evidence: Evidence;
  /** The stage has no feed and so no clients: the way back is served when its targets say that they have gone it. */
  readonly withoutClients?: true;
  /** Resolved: the way back is served and no issue against the release is open. */
  readonly status: "open" | "resolved";
  readonly rolledBackAt: string;
  readonly timeline: readonly IncidentMoment[];
  readonly exposure: {
    readonly basisPoints: number;
    /** The last wave that began, whose share that is; absent: the stage is one. */
    readonly wave?: WaveView;
    /** What the stage's clients have reported of `from` until now. */
    readonly reached: number;
    readonly harmed: number;
    readonly rolledBack: number;
  };
  readonly who: {
    readonly publishedBy: string;
    readonly requestedBy: string;
    readonly override?: { readonly by: string; readonly reason: string };
    readonly rolledBackBy: string;
    /** Where the rollback was formal: who asked for it, and who approved it. */
    readonly rollbackRequest?: FormalRequest;
    /** Whether the rollback followed from what was measured or withdrawn, without anybody asking for it. */
    readonly automatic: boolean;
    /** Names of those that were told. */
    readonly told: readonly string[];
  };
  readonly durations: {
    /** From the first feed that offered the release to the rollback; absent: nobody was offered it. */
    readonly exposedMs?: number;
    /**
     * From the first sign of harm in the log since the rollout began (a measurement, an issue, a withdrawal, somebody who asked
     * for the rollback) to the rollback; absent: it was the first.
     */
    readonly harmToRollbackMs?: number;
    /** From the rollback to the feed that offers the way back, and the targets that have gone it; absent: not yet. */
    readonly rollbackToServedMs?: number;
  };
  readonly issues: readonly IncidentIssue[];
  readonly followUps: readonly string[];
}

type RolledBack = Extract<ReturnType<typeof unsealed>, { type: "PromotionRolledBack" }>;

const causes = new Set<string>([
  "FeedsPublished",
  "IssueOpened",
  "IssueResolved",
  "ReleaseWithdrawn",
  "ArtifactWithdrawn",
  "PeopleTold",
  "TargetApplied",
  ...requestTypes,
] satisfies ApplicationFactType[]);

/** Whether an event has a part in any incident, so that a reader of a long log need not keep the others. */
export function concernsIncidents(state: AppState, { type, data }: SealedEvent): boolean {
  if (causes.has(type)) return true;
  const promotion = typeof data.id === "string" ? state.promotions.get(data.id) : undefined;
  return promotion !== undefined && "ended" in promotion && promotion.startedAt !== undefined;
}

/**
 * Every incident of an application, in the order of the log: each rollback is one. Pure.
 * @param events the application's log, at least those events that `concernsIncidents` names
 * @param counts what clients have reported, as of now
 */
export function incidentsOf(
  state: AppState,
  events: readonly SealedEvent[],
  counts: readonly IncidentCounts[],
): Incident[] {
  const ends = events
    .filter(({ type }) => type === "PromotionRolledBack")
    .map((event) => unsealed(event) as RolledBack);
  return ends.map((end, index) => incident(state, end, `incident-${index + 1}`, events, counts));
}

function incident(
  state: AppState,
  end: RolledBack,
  id: string,
  events: readonly SealedEvent[],
  counts: readonly IncidentCounts[],
): Incident {
  const { id: promotionId, stage, version, to, cause, reason, evidence } = end.data;
  const promotion = state.promotions.get(promotionId);
  const reports = counts.find((count) => count.channel === stage && count.version === version);
  const issues = issuesOf(state, version, stage);
  const bearers = bearersOf(state, stage, end.seq);
  const timeline = timelineOf(events, end, bearers);
  const rolledBackAt = timeline.find(({ what }) => what === "rolled-back")?.at ?? "";
  const served = timeline.find(({ what }) => what === "way-back-served")?.at;
  const exposure = {
    basisPoints: reachOf(promotion),
    ...waveView(promotion),
    reached: reports?.reached ?? 0,
    harmed: reports?.failed ?? 0,
    rolledBack: reports?.rolledBack ?? 0,
  };
  return {
    id,
    app: state.app,
    stage,
    promotion: promotionId,
    from: version,
    to,
    cause,
    reason,
    evidence,
    status: served !== undefined && issues.every(({ resolved }) => resolved) ? "resolved" : "open",
    rolledBackAt,
    timeline,
    exposure,
    who: whoOf(state, promotion, end, events),
    durations: durationsOf(timeline, rolledBackAt, served),
    issues,
    followUps: followUpsOf(state, { stage, version, to, served: served !== undefined, bearers, exposure, issues }),
    ...(bearers.feed ? {} : { withoutClients: true }),
  };
}

/**
 * Who has to have what the stage asks for, as its pipeline is now. Targets that nothing was asked of since a moment in the log
 * had what they should.
 */
function bearersOf(state: AppState, stage: string, since: number): Bearers {
  const spec = stagesOf(state).find(({ name }) => name === stage);
  const isAsked = (stageOf(state, stage).demand?.asked ?? 0) >= since;
  const targets = isAsked ? outsideTargets(spec).map(({ name }) => name) : [];
  return { feed: spec === undefined || hasChannel(spec), targets };
}

function reachOf(promotion: Promotion | undefined): number {
  return promotion !== undefined && "exposure" in promotion ? (promotion.exposure?.basisPoints ?? 0) : 0;
}

function issuesOf(state: AppState, version: string, stage: string): IncidentIssue[] {
  return state.issues
    .valueSeq()
    .filter((issue) => issue.version === version && (issue.stage === undefined || issue.stage === stage))
    .map(({ id, title, severity, resolved }) => ({ id, title, severity, resolved: resolved !== undefined }))
    .toArray();
}

function whoOf(
  state: AppState,
  promotion: Promotion | undefined,
  end: RolledBack,
  events: readonly SealedEvent[],
): Incident["who"] {
  const sealed = events.find(({ type, data }) => type === "PeopleTold" && data.about === end.seq);
  const told = sealed && unsealed(sealed);
  const override = promotion?.override;
  return {
    publishedBy: state.releases.get(end.data.version)?.publishedBy ?? "",
    requestedBy: promotion?.requestedBy ?? "",
    ...(override === undefined ? {} : { override: { by: override.by, reason: override.reason } }),
    rolledBackBy: end.actor,
    ...(end.data.request === undefined ? {} : { rollbackRequest: end.data.request }),
    automatic: end.data.cause !== "manual" && end.data.cause !== "aborted",
    told: told?.type === "PeopleTold" ? told.data.to : [],
  };
}

function durationsOf(
  timeline: readonly IncidentMoment[],
  rolledBackAt: string,
  served: string | undefined,
): Incident["durations"] {
  const between = (from: string, to: string) => Math.max(0, fromRfc3339(to) - fromRfc3339(from));
  const offered = timeline.find(({ what }) => what === "exposure-served")?.at;
  const started = timeline.findIndex(({ what }) => what === "started");
  const harm = timeline.slice(started).find(({ what }) => signsOfHarm.has(what))?.at;
  return {
    ...(offered === undefined ? {} : { exposedMs: between(offered, rolledBackAt) }),
    ...(harm === undefined ? {} : { harmToRollbackMs: between(harm, rolledBackAt) }),
    ...(served === undefined ? {} : { rollbackToServedMs: between(rolledBackAt, served) }),
  };
}

const signsOfHarm: ReadonlySet<IncidentMoment["what"]> = new Set([
  "harm-measured",
  "issue-opened",
  "withdrawn",
  "rollback-requested",
]);
