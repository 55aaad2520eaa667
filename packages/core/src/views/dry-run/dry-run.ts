import type { Measurements } from "../../analysis/measurement.ts";
import type { CommandOf } from "../../application/commands.ts";
import { stagesOf } from "../../application/context.ts";
import { decide } from "../../application/decide.ts";
import type { ApplicationFact } from "../../application/events.ts";
import { evolve } from "../../application/evolve.ts";
import { type AppState, activePromotion, stageOf } from "../../application/state.ts";
import { isRejection, type Rejection } from "../../errors/rejection.ts";
import { canonicalJson } from "../../log/canonical.ts";
import type { Stage } from "../../pipeline/schema.ts";
import type { Rules } from "../../rules/rules.ts";
import { type Millis, rfc3339 } from "../../time/instant.ts";
import { type ExplainedGate, explain } from "../why.ts";
import { type Consequence, consequenceOf } from "./consequence.ts";

/** A gate whose verdict, or earliest moment, is another one under the changed pipeline. */
export interface GateChange {
  readonly gate: string;
  /** null: the stage does not have it now. */
  readonly before: ExplainedGate["verdict"] | null;
  /** null: the stage will not have it. */
  readonly after: ExplainedGate["verdict"] | null;
  /** As it will be; of a gate that goes, as it is. */
  readonly reason: string;
  /** RFC 3339: when it can open at the earliest. */
  readonly until?: string;
}

/** What a changed pipeline does to one release's way into one stage. Times are RFC 3339. */
export interface PromotionForecast {
  readonly version: string;
  readonly promotion: string;
  /** null: the change itself asks for it. */
  readonly before: "waiting" | "active" | "paused" | "live" | null;
  readonly gates: readonly GateChange[];
  /** When it can move by time alone, as things stand; absent: nobody knows, or it is in nobody's way. */
  readonly earliest: { readonly before?: string; readonly after?: string };
  /** What it waits for, for a person. */
  readonly summary: { readonly before?: string; readonly after?: string };
  /** What happens as soon as the pipeline is applied, in order. */
  readonly follows: readonly Consequence[];
}

export interface StageForecast {
  readonly stage: string;
  readonly change: "added" | "removed" | "changed" | "same";
  /** Which of the stage's settings differ. */
  readonly settings: readonly string[];
  /** Everything in flight that the change touches. */
  readonly promotions: readonly PromotionForecast[];
}

/** What applying a pipeline would do. Nothing of it has happened. */
export interface DryRun {
  readonly app: string;
  readonly at: string;
  readonly created: boolean;
  readonly changed: boolean;
  readonly stages: readonly StageForecast[];
}

/**
 * What a changed pipeline would do at this moment to everything in flight. Pure: it is decided as it would be, on a copy.
 * @returns the forecast, or why the pipeline would be refused
 */
export function dryRun(
  state: AppState,
  change: Omit<CommandOf<"ApplyPipeline">, "type">,
  measurements: Measurements,
  meta: { readonly now: Millis; readonly actor: string; readonly rules?: Rules },
): DryRun | Rejection {
  const settled = settledFacts(state, change, measurements, meta);
  if (isRejection(settled)) return settled;
  const { now } = meta;
  const applied = settled.find((fact) => fact.type === "PipelineApplied");
  // The gates are compared before anything follows from the change: afterwards who has started has no gates to pass any more.
  const after = applied === undefined ? state : evolve(state, { ...applied, seq: state.seq + 1, at: now, actor: "" });
  const old = new Map(stagesOf(state).map((stage) => [stage.name, stage]));
  const next = new Map(stagesOf(after).map((stage) => [stage.name, stage]));
  const names = [...next.keys(), ...[...old.keys()].filter((name) => !next.has(name))];
  return {
    app: state.app,
    at: rfc3339(now),
    created: state.pipeline === undefined,
    changed: applied !== undefined,
    stages: names.map((name) => ({
      stage: name,
      ...stageChange(old.get(name), next.get(name)),
      promotions: forecasts({ before: state, after, facts: settled, measurements, now }, name),
    })),
  };
}

/** More turns than any pipeline needs to come to rest; a safeguard against one that never does. */
const turnsMax = 200;

/** Everything that happens at once: the command, and what the controller does about it without time passing. */
function settledFacts(
  state: AppState,
  change: Omit<CommandOf<"ApplyPipeline">, "type">,
  measurements: Measurements,
  meta: { readonly now: Millis; readonly actor: string; readonly rules?: Rules },
): ApplicationFact[] | Rejection {
  const first = decide(state, { type: "ApplyPipeline", ...change }, meta);
  if (isRejection(first)) return first;
  if (first.facts.length === 0) return [];
  const facts: ApplicationFact[] = [...first.facts];
  let current = first.state;
  for (let turn = 0; turn < turnsMax; turn++) {
    const before = facts.length;
    for (const command of [
      { type: "RecordPublication", upTo: current.feeds.changedSeq, feeds: {} },
      { type: "Advance", measurements },
    ] as const) {
      const decision = decide(current, command, meta);
      if (isRejection(decision)) return decision;
      facts.push(...decision.facts);
      current = decision.state;
    }
    if (facts.length === before) break;
  }
  return facts;
}

function stageChange(before: Stage | undefined, after: Stage | undefined): Pick<StageForecast, "change" | "settings"> {
  if (before === undefined) return { change: "added", settings: [] };
  if (after === undefined) return { change: "removed", settings: [] };
  const keys = Object.keys(after) as (keyof Stage)[];
  const settings = keys.filter((key) => canonicalJson(before[key] ?? null) !== canonicalJson(after[key] ?? null));
  return { change: settings.length === 0 ? "same" : "changed", settings };
}

interface Comparison {
  readonly before: AppState;
  readonly after: AppState;
  readonly facts: readonly ApplicationFact[];
  readonly measurements: Measurements;
  readonly now: Millis;
}

function forecasts(comparison: Comparison, stage: string): PromotionForecast[] {
  const { before, facts } = comparison;
  const stageState = stageOf(before, stage);
  const active = activePromotion(before, stageState);
  const inFlight: Pick<PromotionForecast, "promotion" | "version" | "before">[] = [
    ...(stageState.live === undefined
      ? []
      : [{ promotion: stageState.live.promotion, version: stageState.live.version, before: "live" as const }]),
    ...(active === undefined ? [] : [{ promotion: active.id, version: active.version, before: active.status }]),
    ...stageState.waiting
      .toArray()
      .flatMap((id) => before.promotions.get(id) ?? [])
      .map(({ id, version }) => ({ promotion: id, version, before: "waiting" as const })),
    ...facts.flatMap((fact) =>
      fact.type === "PromotionRequested" && fact.data.stage === stage
        ? [{ promotion: fact.data.id, version: fact.data.version, before: null }]
        : [],
    ),
  ];
  return inFlight.map((promotion) => forecast(comparison, stage, promotion)).filter(isTouched);
}

function isTouched({ before, gates, follows, earliest }: PromotionForecast): boolean {
  return before === null || gates.length > 0 || follows.length > 0 || earliest.before !== earliest.after;
}

function forecast(
  { before, after, facts, measurements, now }: Comparison,
  stage: string,
  promotion: Pick<PromotionForecast, "promotion" | "version" | "before">,
): PromotionForecast {
  const question = { stage, version: promotion.version };
  const was = promotion.before === null ? undefined : explain(before, question, measurements, now);
  const is = explain(after, question, measurements, now);
  const old = was === undefined || isRejection(was) ? undefined : was;
  const next = isRejection(is) ? undefined : is;
  return {
    ...promotion,
    gates: next === undefined ? [] : gateChanges(old?.gates ?? [], next.gates),
    earliest: {
      ...(old?.earliest === undefined ? {} : { before: old.earliest }),
      ...(next?.earliest === undefined ? {} : { after: next.earliest }),
    },
    summary: {
      ...(old === undefined ? {} : { before: old.summary }),
      ...(next === undefined ? {} : { after: next.summary }),
    },
    follows: facts.flatMap((fact) => consequenceOf(fact, promotion.promotion) ?? []),
  };
}

/** The gates of one release before and after, side by side. Of several gates of one name, each is compared with that in its place. */
function gateChanges(before: readonly ExplainedGate[], after: readonly ExplainedGate[]): GateChange[] {
  const old = numbered(before);
  const next = numbered(after);
  const changes: GateChange[] = [];
  for (const [key, gate] of next) {
    const was = old.get(key);
    if (was?.verdict === gate.verdict && was.until === gate.until) continue;
    const { reason, until } = gate;
    changes.push({
      gate: gate.gate,
      before: was?.verdict ?? null,
      after: gate.verdict,
      reason,
      ...(until === undefined ? {} : { until }),
    });
  }
  for (const [key, { gate, verdict, reason }] of old)
    if (!next.has(key)) changes.push({ gate, before: verdict, after: null, reason });
  return changes;
}

function numbered(gates: readonly ExplainedGate[]): Map<string, ExplainedGate> {
  const seen = new Map<string, number>();
  return new Map(
    gates.map((gate) => {
      const nth = seen.get(gate.gate) ?? 0;
      seen.set(gate.gate, nth + 1);
      return [`${gate.gate} ${nth}`, gate];
    }),
  );
}
