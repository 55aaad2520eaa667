import type { FormalRequest } from "../application/events/rollback.ts";
import { type AppState, type Promotion, stageOf } from "../application/state.ts";
import { rfc3339 } from "../time/instant.ts";
import { type WaveView, waveView } from "./wave.ts";
import { type WayBackView, wayBackShown } from "./way-back.ts";

/** One promotion, as a record of what was deployed where, when and by whom. Times are RFC 3339. */
export interface Deployment {
  readonly promotion: string;
  readonly stage: string;
  readonly version: string;
  readonly status: Promotion["status"];
  readonly requestedAt: string;
  readonly requestedBy: string;
  readonly startedAt?: string;
  readonly completedAt?: string;
  readonly endedAt?: string;
  readonly endedBy?: string;
  readonly cause?: string;
  readonly reason?: string;
  /** The rollback is staged, and not everybody is sent back yet. */
  readonly wayBack?: WayBackView;
  /** The request that it was taken back by, where the rollback was formal. */
  readonly rollbackRequest?: FormalRequest;
  readonly override?: string;
  /** Who approved it; what became void is not among them. */
  readonly approvals?: readonly { readonly by: string; readonly at: string; readonly comment: string }[];
  /** The furthest that it got, in basis points. */
  readonly exposure: number;
  /** The last wave that began, whose share that is; absent: the stage is one. */
  readonly wave?: WaveView;
}

/** Every promotion of an application, or of one stage or version, newest first. */
export function historyOf(
  state: AppState,
  filter: { readonly stage?: string; readonly version?: string } = {},
): Deployment[] {
  return state.promotions
    .valueSeq()
    .filter((promotion) => filter.stage === undefined || promotion.stage === filter.stage)
    .filter((promotion) => filter.version === undefined || promotion.version === filter.version)
    .reverse()
    .map((promotion) => deployment(state, promotion))
    .toArray();
}

function deployment(state: AppState, promotion: Promotion): Deployment {
  const { id, stage, version, status, requestedAt, requestedBy, override, approvals } = promotion;
  const startedAt = "startedAt" in promotion ? promotion.startedAt : undefined;
  const completedAt = "completedAt" in promotion ? promotion.completedAt : undefined;
  const ended = "ended" in promotion ? promotion.ended : undefined;
  const exposure = "exposure" in promotion ? promotion.exposure : undefined;
  return {
    promotion: id,
    stage,
    version,
    status,
    requestedAt: rfc3339(requestedAt),
    requestedBy,
    ...(startedAt === undefined ? {} : { startedAt: rfc3339(startedAt) }),
    ...(completedAt === undefined ? {} : { completedAt: rfc3339(completedAt) }),
    ...(ended === undefined
      ? {}
      : { endedAt: rfc3339(ended.at), endedBy: ended.by, cause: ended.cause, reason: ended.reason }),
    ...(ended?.request === undefined ? {} : { rollbackRequest: ended.request }),
    ...(status === "rolled-back" ? wayBackShown(state, stageOf(state, stage), version) : {}),
    ...(override === undefined ? {} : { override: `${override.by}: ${override.reason}` }),
    ...(approvals.length === 0
      ? {}
      : { approvals: approvals.map(({ by, at, comment }) => ({ by, at: rfc3339(at), comment })) }),
    exposure: exposure?.basisPoints ?? 0,
    ...waveView(promotion),
  };
}
