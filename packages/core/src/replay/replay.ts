import { isRejection, type Rejection, reject } from "../errors/rejection.ts";
import type { Pipeline } from "../pipeline/schema.ts";
import { type Millis, rfc3339 } from "../time/instant.ts";
import { explain } from "../views/why.ts";
import type { Entry } from "./entries.ts";
import type { RecordedIncident, Recording } from "./recording.ts";
import { type NotReplayed, type Run, runRecording } from "./run.ts";

/** What a changed pipeline would have made of one release's way into one stage. Times are RFC 3339. */
export interface ReplayedEntry {
  readonly stage: string;
  readonly version: string;
  readonly outcome: "earlier" | "later" | "same" | "never" | "new";
  /** How much later everybody would have had it, in ms; negative: earlier. Where one of the two never got so far: its beginning. */
  readonly differenceMs?: number;
  readonly before?: { readonly startedAt: string; readonly completedAt?: string };
  readonly after?: { readonly startedAt: string; readonly completedAt?: string };
  /** Of a release that would never have entered: what it waits for at the end. */
  readonly why?: string;
}

/** What a changed pipeline would have made of a rollback. */
export interface ReplayedIncident {
  readonly id: string;
  readonly stage: string;
  readonly version: string;
  readonly cause: string;
  readonly at: string;
  readonly outcome: "never-exposed" | "fewer" | "same" | "more";
  /** How far it got, in basis points. */
  readonly reach: { readonly before: number; readonly after: number };
  /** How long it was offered, in ms; absent: it still would be. */
  readonly exposedMs: { readonly before?: number; readonly after?: number };
  /** Clients that it harmed, as far as they were counted. */
  readonly harmed?: number;
}

/** What a changed pipeline would have made of the recorded history. */
export interface Replay {
  readonly app: string;
  readonly from: string;
  readonly to: string;
  readonly entries: readonly ReplayedEntry[];
  readonly incidents: readonly ReplayedIncident[];
  /** What people did then, and could not have done. */
  readonly notReplayed: readonly NotReplayed[];
  /** What this cannot know, one sentence each. */
  readonly limits: readonly string[];
}

/**
 * Runs a changed pipeline over a recorded history. It is compared with a run of the pipelines that were in force then, so that
 * what only the replay itself does differently is not put down to the change. Pure.
 * @param progress told the share done, from 0 to 1
 * @returns the comparison, or why there is none: an empty log, a file for another application or one that could not have been applied
 */
export function replayPipeline(
  recording: Recording,
  changed: { readonly pipeline: Pipeline; readonly source: string },
  progress: (share: number) => void = () => {},
): Replay | Rejection {
  const { app } = recording;
  if (changed.pipeline.app !== app)
    return reject(
      "PIPELINE_INVALID",
      `The file is for application "${changed.pipeline.app}", but the history is that of "${app}".`,
    );
  if (recording.before.pipeline === undefined && !recording.inputs.some(({ type }) => type === "PipelineApplied"))
    return reject("APP_NOT_FOUND", `The log of "${app}" has no pipeline and no releases: there is nothing to replay.`);
  const total = Math.max(1, recording.inputs.length);
  const before = runRecording(recording, undefined, (done) => progress(done / total / 2));
  if (isRejection(before)) return before;
  const after = runRecording(recording, changed, (done) => progress(0.5 + done / total / 2));
  if (isRejection(after)) return after;
  const { from, to } = recording.span;
  return {
    app,
    from: rfc3339(from),
    to: rfc3339(to),
    entries: entriesOf(before, after, to),
    incidents: recording.incidents.map((incident) => incidentOf(incident, recording, after)),
    notReplayed: after.notReplayed,
    limits: limitsOf(recording, changed.pipeline, before, after),
  };
}

function entriesOf(before: Run, after: Run, to: Millis): ReplayedEntry[] {
  const places = [...before.entries.all(), ...after.entries.all()].filter(
    (entry, index, all) =>
      all.findIndex(({ stage, version }) => stage === entry.stage && version === entry.version) === index,
  );
  return places.flatMap(({ stage, version }) => {
    const was = before.entries.get(stage, version);
    const is = after.entries.get(stage, version);
    if (was?.startedAt === undefined && is?.startedAt === undefined) return [];
    return [
      {
        stage,
        version,
        ...outcomeOf(was, is),
        ...(was?.startedAt === undefined ? {} : { before: timesOf(was) }),
        ...(is?.startedAt === undefined ? { why: whyNever(after, stage, version, to) } : { after: timesOf(is) }),
      },
    ];
  });
}

function timesOf({ startedAt = 0, completedAt }: Entry): { readonly startedAt: string; readonly completedAt?: string } {
  return { startedAt: rfc3339(startedAt), ...(completedAt === undefined ? {} : { completedAt: rfc3339(completedAt) }) };
}

function outcomeOf(was: Entry | undefined, is: Entry | undefined): Pick<ReplayedEntry, "outcome" | "differenceMs"> {
  if (is?.startedAt === undefined) return { outcome: "never" };
  if (was?.startedAt === undefined) return { outcome: "new" };
  const both = was.completedAt !== undefined && is.completedAt !== undefined;
  const differenceMs = both ? (is.completedAt ?? 0) - (was.completedAt ?? 0) : is.startedAt - was.startedAt;
  return { outcome: differenceMs < 0 ? "earlier" : differenceMs > 0 ? "later" : "same", differenceMs };
}

function whyNever({ state }: Run, stage: string, version: string, to: Millis): string {
  const explained = explain(state, { stage, version }, undefined, to);
  return isRejection(explained) ? explained.message : explained.summary;
}

function incidentOf(
  { id, stage, version, cause, at }: RecordedIncident,
  recording: Recording,
  after: Run,
): ReplayedIncident {
  const was = recording.entries.get(stage, version);
  const is = after.entries.get(stage, version);
  const reach = { before: was?.reach ?? 0, after: is?.reach ?? 0 };
  const exposedMs = { ...exposed("before", was), ...exposed("after", is) };
  const harmed = recording.observations.of(stage, version).at(-1)?.failed;
  return {
    id,
    stage,
    version,
    cause,
    at: rfc3339(at),
    outcome: incidentOutcome(is?.startedAt !== undefined, reach, exposedMs),
    reach,
    exposedMs,
    ...(harmed === undefined ? {} : { harmed }),
  };
}

function exposed<Which extends string>(which: Which, entry: Entry | undefined): { [Key in Which]?: number } {
  if (entry?.startedAt === undefined || entry.endedAt === undefined) return {};
  return { [which]: entry.endedAt - entry.startedAt } as { [Key in Which]?: number };
}

/** Shorter exposures than this do not differ: effects take a moment in the world, and none in a replay. In ms. */
const toleranceMs = 60_000;

function incidentOutcome(
  exposedAtAll: boolean,
  reach: ReplayedIncident["reach"],
  { before = 0, after = Number.POSITIVE_INFINITY }: ReplayedIncident["exposedMs"],
): ReplayedIncident["outcome"] {
  if (!exposedAtAll) return "never-exposed";
  if (reach.after !== reach.before) return reach.after < reach.before ? "fewer" : "more";
  if (Math.abs(after - before) <= toleranceMs) return "same";
  return after < before ? "fewer" : "more";
}

function limitsOf(recording: Recording, pipeline: Pipeline, before: Run, after: Run): string[] {
  const counted = recording.observations.stages();
  const unseen = pipeline.stages
    .filter(({ name, analysis, gates }) => {
      const asks = analysis.some(({ clients }) => clients !== undefined);
      return (
        !counted.has(name) && (asks || gates.length > 0) && after.entries.all().some(({ stage }) => stage === name)
      );
    })
    .map(({ name }) => name);
  const wider = after.entries
    .all()
    .filter(({ stage, version, reach }) => reach > (recording.entries.get(stage, version)?.reach ?? 10_000));
  const evidence = pipeline.stages.filter(({ rollout }) => rollout.evidence !== undefined).map(({ name }) => name);
  const unlike = recording.entries
    .all()
    .filter((entry) => isUnlike(entry, before.entries.get(entry.stage, entry.version)));
  return [
    "Reports of clients that a release never reached cannot be known: of each release only what was counted then is known, so long after the beginning of its rollout as it was counted.",
    ...(recording.inputs.some(({ type }) => type === "MeasurementTaken")
      ? [
          "What was measured from outside counts at the moment at which it was measured, and only where the release was there then: a rollout at another time waits for measurements that nobody took.",
        ]
      : []),
    "What people did is repeated at the moment at which they did it: with another pipeline they might have done something else.",
    ...(wider.length === 0
      ? []
      : [
          `More clients than then would have had ${wider.map(({ stage, version }) => `${version} in ${stage}`).join(", ")}: what they would have reported is not known.`,
        ]),
    ...(unseen.length === 0 ? [] : [`Nothing was counted in ${unseen.join(", ")}: there the replay has no reports.`]),
    ...(evidence.length === 0
      ? []
      : [
          `Which client was offered what is not in the log: rollouts that pay with evidence (${evidence.join(", ")}) stand still in the replay.`,
        ]),
    ...(unlike.length === 0
      ? []
      : [
          `With the pipelines of then, the replay differs from what was recorded by more than a minute for ${unlike.map(({ stage, version }) => `${version} in ${stage}`).join(", ")}: trust it less there.`,
        ]),
  ];
}

function isUnlike(recorded: Entry, replayed: Entry | undefined): boolean {
  const a = recorded.completedAt ?? recorded.startedAt;
  const b = recorded.completedAt === undefined ? replayed?.startedAt : replayed?.completedAt;
  if (a === undefined || b === undefined) return a !== b;
  return Math.abs(a - b) > toleranceMs;
}
