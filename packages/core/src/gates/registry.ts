import type { Gate } from "../pipeline/schema.ts";
import { admissible } from "./admissible.ts";
import type { GateContext, GateResult } from "./gate.ts";
import { noIssues } from "./no-issues.ts";
import { soak } from "./soak.ts";
import { window } from "./window/window.ts";

/** Evaluates every gate of a stage for one release at one moment: the ones every stage has, then the pipeline's own, in its order. */
export function evaluateGates(context: GateContext): GateResult[] {
  return [...admissible(context), ...context.stage.gates.map((gate) => evaluate(gate, context))];
}

function evaluate(gate: Gate, context: GateContext): GateResult {
  if (gate.soak !== undefined) return { gate: "soak", ...soak(gate.soak, context) };
  if (gate["no-issues"] !== undefined)
    return { gate: "no-issues", ...noIssues(gate["no-issues"]["at-least"], context) };
  if (gate.window !== undefined) return { gate: "window", ...window(gate.window, context) };
  // The schema lets exactly one member through; a gate that this version does not know opens for nobody.
  return {
    gate: Object.keys(gate)[0] ?? "?",
    verdict: "fail",
    reason: "this version of Sluice does not know this gate",
    evidence: {},
    who: "whoever upgrades the server",
  };
}
