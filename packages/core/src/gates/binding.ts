import type { GateResult } from "./gate.ts";

/** What nobody can pass over: to let a release into a frozen stage, thaw it. */
const always = new Set(["not-withdrawn", "not-frozen"]);

/** The gates that count for a promotion: all of them, or with an override only those that no override passes over. */
export function binding(
  gates: readonly GateResult[],
  promotion: { readonly override?: unknown } | undefined,
): readonly GateResult[] {
  return promotion?.override === undefined ? gates : gates.filter(({ gate }) => always.has(gate));
}
