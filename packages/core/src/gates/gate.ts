import type { z } from "zod";
import type { Measurements } from "../analysis/measurement.ts";
import type { AppState, Promotion, Release, StageState } from "../application/state.ts";
import type { Json } from "../log/event.ts";
import type { Stage } from "../pipeline/schema.ts";
import type { Millis } from "../time/instant.ts";

/** What a verdict was based on: names and values, kept in the log. */
export type Evidence = { readonly [key: string]: Json };

/** Everything a gate may look at. */
export interface GateContext {
  readonly state: AppState;
  readonly release: Release;
  readonly stage: Stage;
  /** What the stage to be entered looks like now. */
  readonly stageState: StageState;
  /** The stage before, or undefined for the first. */
  readonly previous: StageState | undefined;
  /** The last promotion of the release into the stage, if there ever was one. */
  readonly promotion: Promotion | undefined;
  readonly now: Millis;
  /** What clients reported as of now; undefined: not counted for this command, and a gate that needs counts waits. */
  readonly measurements: Measurements | undefined;
}

export type Verdict =
  /** `until`: the moment at which time alone closes it again. */
  | { readonly verdict: "pass"; readonly reason: string; readonly evidence: Evidence; readonly until?: Millis }
  /** Does not hold, and time alone will not mend it. `who` can. */
  | { readonly verdict: "fail"; readonly reason: string; readonly evidence: Evidence; readonly who: string }
  /** Does not hold yet. `until`: the earliest moment at which it can, as things stand; absent: nobody knows. */
  | {
      readonly verdict: "wait";
      readonly reason: string;
      readonly evidence: Evidence;
      readonly until?: Millis;
      readonly who?: string;
    };

/** A verdict with the name of the gate that gave it, as the pipeline file names it. */
export type GateResult = Verdict & {
  readonly gate: string;
  /** The policy that demands it; absent: every stage does, or the pipeline. */
  readonly policy?: string;
};

/**
 * One kind of gate: what a pipeline file says of it, and how it is answered. Each stands in a file of its own and in the list of
 * `kinds.ts`, under the name that the file uses. The schema describes itself: editors and the JSON Schema show it.
 */
export interface GateKind<Schema extends z.ZodType> {
  readonly schema: Schema;
  /** Pure. A gate that time closes waits; one that a person or an event must mend fails. */
  readonly evaluate: (config: z.output<Schema>, context: GateContext) => Verdict;
}

export function passes(results: readonly GateResult[]): boolean {
  return results.every((result) => result.verdict === "pass");
}
