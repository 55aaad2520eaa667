import type { SealedEvent } from "@sluice/core/log/event.ts";
import type { AskKind } from "../api/ask.ts";

/** What people alone bring about: each fact, what they asked for, and by which word of it one knows what it was about. */
const ofPeople: Readonly<Record<string, { readonly by: readonly AskKind[]; readonly about: string }>> = {
  ReleasePublished: { by: ["PublishRelease"], about: "manifest" },
  ReleaseWithdrawn: { by: ["WithdrawRelease"], about: "version" },
  PipelineApplied: { by: ["ApplyPipeline"], about: "" },
  PromotionAskedFor: { by: ["RequestPromotion"], about: "version" },
  PromotionOverridden: { by: ["RequestPromotion"], about: "version" },
  PromotionApproved: { by: ["ApprovePromotion"], about: "id" },
  PromotionRejected: { by: ["RejectPromotion"], about: "id" },
  CheckReported: { by: ["ReportCheck"], about: "version" },
  PromotionResumed: { by: ["ResumePromotion"], about: "id" },
  RolloutHalted: { by: ["HaltRollout"], about: "id" },
  RollbackRequested: { by: ["RequestRollback"], about: "stage" },
  RollbackApproved: { by: ["ApproveRollback"], about: "id" },
  RollbackRejected: { by: ["RejectRollback"], about: "id" },
  IssueResolved: { by: ["ResolveIssue"], about: "id" },
  StageFrozen: { by: ["FreezeStage"], about: "stage" },
  StageThawed: { by: ["ThawStage"], about: "stage" },
  ApplicationFrozen: { by: ["FreezeApplication"], about: "" },
  ApplicationThawed: { by: ["ThawApplication"], about: "" },
  TokenCreated: { by: ["CreateToken", "Exchange"], about: "name" },
  TokenRevoked: { by: ["RevokeToken"], about: "name" },
};

/** What follows from what people ask for, and from other things as well. */
const alsoOfPeople: Readonly<Record<string, readonly AskKind[]>> = {
  ArtifactWithdrawn: ["WithdrawArtifact"],
  IssueOpened: ["OpenIssue"],
  PromotionPaused: ["PausePromotion"],
  PromotionAborted: ["AbortPromotion"],
  PromotionRolledBack: ["AbortPromotion", "RecallRollout", "RollBack"],
};

const byHand = ["manual", "aborted", "recalled"];

/** What somebody must have asked for so that this is in the log; undefined where it may follow by itself. */
export function askedFor({ type }: SealedEvent): readonly AskKind[] | undefined {
  return ofPeople[type]?.by;
}

/** What was asked for when the reason that somebody gave stands in this fact; none where the fact only repeats it. */
export function mayFollowFrom({ type, data }: SealedEvent): readonly AskKind[] {
  // A rollback that others approved gives the reason of whoever asked for it.
  if (data.request !== undefined) return [];
  if (data.cause !== undefined && !byHand.includes(String(data.cause))) return [];
  return ofPeople[type]?.by ?? alsoOfPeople[type] ?? [];
}

/** What a fact is about, as a request would name it; undefined where its kind says it all. */
export function aboutWhat({ type, data }: SealedEvent): string | undefined {
  const about = ofPeople[type]?.about ?? "";
  if (about === "manifest") return (data.manifest as { readonly version: string }).version;
  return about === "" ? undefined : String(data[about]);
}

/** The mark of the call whose reason a fact gives. */
export function markIn({ data }: SealedEvent): string | undefined {
  const said = [data.reason, data.comment, data.title].find((text) => typeof text === "string") as string | undefined;
  return said === undefined ? undefined : /\(call \d+\)$/.exec(said)?.[0];
}
