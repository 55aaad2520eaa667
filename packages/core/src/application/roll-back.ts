import type { EndCause } from "./events/end-cause.ts";
import type { FormalRequest, StagedWay } from "./events/rollback.ts";
import { lastGood } from "./good-releases.ts";
import { type Promotion, stageOf } from "./state.ts";
import type { Transition } from "./transition.ts";

/** How a stage goes back, where it is not at once to the last good release. */
interface Manner {
  readonly to?: string | undefined;
  readonly staged?: StagedWay | undefined;
  readonly request?: FormalRequest | undefined;
}

/** Takes a release out of a stage that has it, in part or wholly; the stage's release is then the last good one. */
export function rollBack(
  transition: Transition,
  promotion: Pick<Promotion, "id" | "stage" | "version">,
  cause: EndCause,
  reason: string,
  evidence: { readonly analysis?: readonly object[] } = {},
  { to, staged, request }: Manner = {},
): void {
  const stage = stageOf(transition.state, promotion.stage);
  const back =
    to ??
    (stage.live?.promotion !== promotion.id && isGood(transition, stage.live?.version)
      ? stage.live?.version
      : lastGood(transition.state, stage, promotion.version));
  const { id, version } = promotion;
  transition.add({
    type: "PromotionRolledBack",
    data: {
      id,
      stage: stage.name,
      version,
      to: back ?? null,
      cause,
      reason,
      evidence: JSON.parse(JSON.stringify(evidence)),
      ...(staged === undefined ? {} : { staged }),
      ...(request === undefined ? {} : { request }),
    },
  });
}

function isGood(transition: Transition, version: string | undefined): boolean {
  return version !== undefined && transition.state.releases.get(version)?.withdrawn === undefined;
}
