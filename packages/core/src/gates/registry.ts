import type { Gate } from "../pipeline/schema.ts";
import { admissible } from "./admissible.ts";
import type { GateContext, GateResult, Verdict } from "./gate.ts";
import { type GateName, gateKinds } from "./kinds.ts";
import { policyGates } from "./policy.ts";
import { promoteOn } from "./promote-on/promote-on.ts";

/** Evaluates every gate of a stage for one release at one moment: the ones every stage has, then what policies demand, then the pipeline's own, in its order. */
export function evaluateGates(context: GateContext): GateResult[] {
  return [
    ...admissible(context),
    ...promoteOn(context),
    ...policyGates(context),
    ...context.stage.gates.map((gate) => evaluate(gate, context)),
  ];
}

/** A gate's configuration, by the gate's name, as the schema reads it. */
type Configs = { readonly [Name in GateName]: NonNullable<Gate[Name]> };
const kinds: {
  readonly [Name in GateName]: { readonly evaluate: (config: Configs[Name], context: GateContext) => Verdict };
} = gateKinds;
const names = Object.keys(gateKinds) as GateName[];

function answer<Name extends GateName>(
  name: Name,
  gate: { readonly [Each in GateName]?: Configs[Each] | undefined },
  context: GateContext,
): GateResult | undefined {
  const config: Configs[Name] | undefined = gate[name];
  return config === undefined ? undefined : { gate: name, ...kinds[name].evaluate(config, context) };
}

function evaluate(gate: Gate, context: GateContext): GateResult {
  for (const name of names) {
    const result = answer(name, gate, context);
    if (result !== undefined) return result;
  }
  // The schema lets exactly one member through; a gate that this version does not know opens for nobody.
  return {
    gate: Object.keys(gate)[0] ?? "?",
    verdict: "fail",
    reason: "this version of Sluice does not know this gate",
    evidence: {},
    who: "whoever upgrades the server",
  };
}
