import { verifying } from "../analysis/verification.ts";
import { formatDuration } from "../time/duration.ts";
import type { GateContext, GateResult } from "./gate.ts";

/**
 * A release that is live and not yet verified is the stage's promotion in progress still: a newer one waits for it, unless the
 * pipeline lets it take over. So there is always a verified release to go back to. No result where nothing is being verified.
 */
export function verified({ state, stage, stageState, release, now }: GateContext): GateResult[] {
  const found = verifying(state, stageState);
  if (found === undefined || stage["when-newer"] === "supersede" || found.promotion.version === release.version)
    return [];
  const { promotion, window, windows, until } = found;
  const left = until > now ? `for ${formatDuration(until - now)} more` : "until its analysis passes";
  return [
    {
      gate: "verified",
      verdict: "wait",
      reason: `${promotion.version} is being verified in ${stage.name}, window ${window} of ${windows}, ${left}`,
      evidence: { promotion: promotion.id, window, windows },
      ...(until > now ? { until: promotion.completedAt + (promotion.verification?.windows.at(-1) ?? 0) } : {}),
      who: "an operator, by override; or when-newer: supersede in the pipeline",
    },
  ];
}
