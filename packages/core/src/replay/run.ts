import { withFleet } from "../analysis/fleet.ts";
import type { Measurements } from "../analysis/measurement.ts";
import type { ApplicationCommand } from "../application/commands.ts";
import { decide } from "../application/decide.ts";
import type { ApplicationEvent, ApplicationFact } from "../application/events.ts";
import { evolve } from "../application/evolve.ts";
import { nextDue } from "../application/next-due.ts";
import type { AppState } from "../application/state.ts";
import { isRejection, type Rejection } from "../errors/rejection.ts";
import type { Pipeline } from "../pipeline/schema.ts";
import type { Millis } from "../time/instant.ts";
import { Entries, entryKey } from "./entries.ts";
import { inputOf } from "./input.ts";
import type { Recording } from "./recording.ts";

/** Something that somebody did then, and that cannot be done again. */
export interface NotReplayed {
  /** Number of the event in the log. */
  readonly seq: number;
  readonly type: string;
  readonly why: string;
}

/** How one run over a recording went. */
export interface Run {
  readonly state: AppState;
  readonly entries: Entries;
  readonly notReplayed: readonly NotReplayed[];
}

/** More turns at one moment than any pipeline needs to come to rest; a safeguard against one that never does. */
const turnsMax = 1_000;
const machine = "sluice";

/**
 * Plays what came from outside once more, at the moments at which it came, through the production decisions. Effects take
 * place at once; clients report so long after the beginning of a rollout as they did then.
 * @param changed the pipeline that holds all the time; absent: those that were in force then
 * @param progress told how many of the inputs are done
 * @returns how it went, or why the pipeline cannot be applied where it takes over
 */
export function runRecording(
  recording: Recording,
  changed: { readonly pipeline: Pipeline; readonly source: string } | undefined,
  progress: (done: number) => void,
): Run | Rejection {
  const player = new Player(recording);
  if (changed !== undefined && recording.before.pipeline !== undefined) {
    player.now = recording.since;
    const refused = player.take({ type: "ApplyPipeline", ...changed }, machine);
    if (refused !== undefined) return refused;
  }
  for (const [index, event] of recording.inputs.entries()) {
    player.passTo(event.at);
    const refused = player.play(event, changed);
    if (refused !== undefined) return refused;
    progress(index + 1);
  }
  player.passTo(recording.span.to);
  player.catchUp();
  return { state: player.state, entries: player.entries, notReplayed: player.notReplayed };
}

class Player {
  state: AppState;
  now: Millis;
  readonly entries = new Entries();
  readonly notReplayed: NotReplayed[] = [];
  readonly #recording: Recording;
  readonly #issues = new Map<string, string>();
  /** When each release began to be rolled out in a stage here. */
  readonly #startedAt = new Map<string, { readonly stage: string; readonly version: string; readonly at: Millis }>();

  constructor(recording: Recording) {
    this.#recording = recording;
    this.state = withoutTargets(recording.before);
    this.now = recording.span.from;
    for (const id of this.state.issues.keys()) this.#issues.set(id, id);
    for (const { stage, version } of this.state.promotions.values()) {
      const at = recording.observations.startedAt(stage, version);
      if (at !== undefined && at < recording.since)
        this.#startedAt.set(entryKey(stage, version), { stage, version, at });
    }
  }

  /** Time passes, and whatever becomes due or is reported on the way happens at its moment. */
  passTo(end: Millis): void {
    while (this.now < end) {
      this.catchUp();
      const due = nextDue(this.state, this.#measurements(), this.now) ?? end;
      this.now = Math.max(this.now + 1, Math.min(end, due, this.#nextReport()));
    }
  }

  /** Does effects and what follows from them until nothing more happens at this moment. */
  catchUp(): void {
    for (let turn = 0; turn < turnsMax; turn++) {
      const { seq } = this.state;
      this.take({ type: "RecordPublication", upTo: this.state.feeds.changedSeq, feeds: {} }, machine);
      this.take({ type: "Advance", measurements: this.#measurements() }, machine);
      if (this.state.seq === seq) return;
    }
  }

  /** @returns why a pipeline cannot be applied: without it there is no replay */
  play(event: ApplicationEvent, changed: { readonly pipeline: Pipeline; readonly source: string } | undefined) {
    const input = inputOf(event, this.state, this.#issues);
    switch (input.kind) {
      case "pipeline": {
        if (event.type !== "PipelineApplied" || (changed !== undefined && this.state.pipeline !== undefined))
          return undefined;
        const { pipeline, source } = changed ?? event.data;
        return this.take({ type: "ApplyPipeline", pipeline: onlyChannels(pipeline), source }, event.actor);
      }
      case "fact":
        this.#happened(input.fact, event.actor);
        return undefined;
      case "command": {
        const issues = this.state.issues.size;
        const refused = this.take(input.command, event.actor);
        if (refused !== undefined) this.notReplayed.push({ seq: event.seq, type: event.type, why: refused.message });
        else if (event.type === "IssueOpened") this.#issues.set(event.data.id, `issue-${issues + 1}`);
        return undefined;
      }
      case "pointless":
        this.notReplayed.push({ seq: event.seq, type: event.type, why: input.why });
        return undefined;
      case "consequence":
        return undefined;
    }
  }

  take(command: ApplicationCommand, actor: string): Rejection | undefined {
    const prepared =
      command.type === "ApplyPipeline" ? { ...command, pipeline: onlyChannels(command.pipeline) } : command;
    const decision = decide(this.state, prepared, { now: this.now, actor });
    if (isRejection(decision)) return decision;
    this.state = decision.state;
    for (const fact of decision.facts) this.#note(fact);
    return undefined;
  }

  #happened(fact: ApplicationFact, actor: string): void {
    this.state = evolve(this.state, { ...fact, seq: this.state.seq + 1, at: this.now, actor });
  }

  #note(fact: ApplicationFact): void {
    this.entries.add(fact, this.now);
    if (fact.type !== "PromotionStarted") return;
    const { stage, version } = fact.data;
    const key = entryKey(stage, version);
    if (!this.#startedAt.has(key)) this.#startedAt.set(key, { stage, version, at: this.now });
  }

  #measurements(): Measurements {
    // Of other applications a log tells nothing: a budget over them holds nothing up here.
    const alone = { at: this.now, sizes: [], exposed: [], uncounted: [] };
    const counted = [...this.#startedAt.values()].flatMap(({ stage, version, at }) => {
      const seen = this.#recording.observations.of(stage, version).findLast(({ ageMs }) => at + ageMs <= this.now);
      if (seen === undefined) return [];
      const { reached, healthy, failed } = seen;
      return [{ stage, version, reached, healthy, failed }];
    });
    return withFleet(counted, alone);
  }

  /** When clients report next. */
  #nextReport(): Millis {
    let next = Number.POSITIVE_INFINITY;
    for (const { stage, version, at } of this.#startedAt.values())
      for (const { ageMs } of this.#recording.observations.of(stage, version))
        if (at + ageMs > this.now) {
          next = Math.min(next, at + ageMs);
          break;
        }
    return next;
  }
}

/** A stage as it is when its only target is its channel: what others brought about then, they would have brought about. */
function onlyChannels(pipeline: Pipeline): Pipeline {
  return { ...pipeline, stages: pipeline.stages.map((stage) => ({ ...stage, targets: [{ channel: {} }] })) };
}

function withoutTargets(state: AppState): AppState {
  const { pipeline } = state;
  return pipeline === undefined
    ? state
    : { ...state, pipeline: { ...pipeline, pipeline: onlyChannels(pipeline.pipeline) } };
}
