import type { GateResult } from "./gate.ts";

/** What nobody can pass over: to let a release into a frozen stage, thaw it. */
const always = new Set(["not-withdrawn", "not-frozen"]);

/**
 * The gates that count for a promotion: all of them, or with an override only those that it does not pass over. What a policy
 * demands is passed over by an admin's override alone.
 */
export function binding(
  gates: readonly GateResult[],
  promotion: { readonly override?: { readonly policies?: boolean } } | undefined,
): readonly GateResult[] {
  const override = promotion?.override;
  if (override === undefined) return gates;
  return gates.filter(({ gate, policy }) => always.has(gate) || (policy !== undefined && override.policies !== true));
}
