import type { TargetSpec } from "../targets/schema.ts";
import type { Rollout } from "./schema.ts";

/** What of a stage says how its clients are let in. */
interface Admitting {
  readonly rollout: Rollout;
  readonly targets: readonly TargetSpec[];
}

/**
 * How a stage that pays with evidence lets clients in: as they ask (`check`), or, where its feed is served as files too and nobody asks, by the
 * share that the feed names.
 */
export function admissionBy({ rollout, targets }: Admitting): "check" | "share" {
  return rollout.evidence?.admission ?? (targets.some((target) => target.static !== undefined) ? "share" : "check");
}
