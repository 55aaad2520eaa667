import { admissible } from "./admissible.ts";
import type { GateContext, GateResult } from "./gate.ts";
import { evaluateGates } from "./registry.ts";

/**
 * The gates as they bear on a rollout under way: all of them, evaluated anew. A gate that closes holds the exposure where it
 * is, and one that fails is answered as the stage's `on-failure` says.
 */
export function rollingGates(context: GateContext): GateResult[] {
  const entry = new Set(admissible(context).map((result) => result.gate));
  // Who asked for it has asked.
  entry.add("promote-on");
  // That it was admitted is settled by its being here (it is not "newer" than itself); what can change under it still counts.
  for (const lasting of ["previous-stage", "not-frozen"]) entry.delete(lasting);
  return evaluateGates(context).filter(({ gate, policy }) => policy !== undefined || !entry.has(gate));
}
