import type { Millis } from "../../time/instant.ts";
import { type Approval, type AppState, stageOf } from "../state.ts";

/** A rollback that somebody asked for and others have to approve. It is about one promotion, and where the stage would go. */
export interface RollbackRequest {
  readonly id: string;
  readonly stage: string;
  readonly promotion: string;
  /** What is to be left. */
  readonly version: string;
  /** Where the stage would go when it was asked; null: to nothing. */
  readonly to: string | null;
  /** The release named by whoever asked. */
  readonly asked?: string;
  /** Clients are to be sent back by and by. */
  readonly staged?: true;
  readonly reason: string;
  readonly by: string;
  readonly at: Millis;
  /** Each once for every person. Whether they are enough, `approval.ts` says. */
  readonly approvals: readonly Omit<Approval, "pipeline">[];
  /** Absent: it waits for approval. */
  readonly closed?: {
    readonly as: "carried-out" | "rejected" | "lapsed";
    readonly reason: string;
    readonly at: Millis;
    readonly by: string;
  };
}

/** The request that waits for approval in a stage. At most one. */
export function openRequest(state: AppState, stage: string): RollbackRequest | undefined {
  const id = stageOf(state, stage).rollbackRequest;
  return id === undefined ? undefined : state.rollbackRequests.get(id);
}

/** What the request asks `rollBackStage` to do. */
export function wayAsked({ stage, asked, reason, staged }: RollbackRequest) {
  return {
    stage,
    reason,
    ...(asked === undefined ? {} : { to: asked }),
    ...(staged === undefined ? {} : { staged }),
  };
}
