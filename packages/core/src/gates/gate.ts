import type { AppState, Release, StageState } from "../application/state.ts";
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
  readonly now: Millis;
}

export type Verdict =
  | { readonly verdict: "pass"; readonly reason: string; readonly evidence: Evidence }
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
export type GateResult = Verdict & { readonly gate: string };

export function passes(results: readonly GateResult[]): boolean {
  return results.every((result) => result.verdict === "pass");
}
