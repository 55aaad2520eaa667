import { rfc3339 } from "../time/instant.ts";
import type { GateContext, GateResult } from "./gate.ts";

/** Nobody has chosen another release by hand. A stage has this gate only while somebody has, and not for the one chosen. */
export function notHeld({ stageState, promotion, release }: GateContext): GateResult[] {
  const { name, hold } = stageState;
  if (hold === undefined || hold.promotion === promotion?.id) return [];
  return [
    {
      gate: "not-held",
      verdict: "wait",
      reason: `${hold.by} promoted ${hold.version} by hand, so nothing newer follows by itself`,
      evidence: { by: hold.by, version: hold.version, promotion: hold.promotion, since: rfc3339(hold.at) },
      who: `an operator: sluice resume ${name}, or sluice promote ${release.version} ${name}`,
    },
  ];
}
