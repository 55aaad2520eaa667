import { accessStream } from "@sluice/core/access/tokens.ts";
import type { AskKind } from "../api/ask.ts";
import type { Attempt } from "../api/call.ts";
import type { World } from "../world/world.ts";

/** What whoever asks has a right to hear: by what they were given, as it is known where they ask. */
type Right =
  /** The token is none, or none any more. */
  | "unknown"
  /** Its role or its applications do not let it. */
  | "refused"
  /** Its stages do not let it; what cannot be read, or is nowhere, may be said first. */
  | "limited"
  /** It goes by what stages ask for, which the request does not say. */
  | "either"
  | "allowed";

/** Which roles may do what: written down once more, from the manual. */
const whoMay: Readonly<Record<string, readonly AskKind[]>> = {
  viewer: ["Read"],
  publisher: ["Read", "PublishRelease", "ReportCheck", "RequestRollback", "RejectRollback"],
  approver: [
    ...(["Read", "ReportCheck", "ApprovePromotion", "RejectPromotion"] as const),
    ...(["RequestRollback", "ApproveRollback", "RejectRollback"] as const),
  ],
  operator: [
    ...(["Read", "ReportCheck", "WithdrawRelease", "WithdrawArtifact", "RequestPromotion", "RollBack"] as const),
    ...(["PausePromotion", "ResumePromotion", "AbortPromotion", "HaltRollout", "RecallRollout"] as const),
    ...(["FreezeStage", "ThawStage", "FreezeApplication", "ThawApplication", "ResumeAutoPromotion"] as const),
    ...(["OpenIssue", "ResolveIssue", "RequestRollback", "RejectRollback"] as const),
  ],
  monitor: [],
  client: [],
  editor: ["Read", "ApplyPipeline"],
};

/** What touches every stage, and so nobody does whose token is for some. */
const everyStage: readonly AskKind[] = [
  ...(["WithdrawRelease", "WithdrawArtifact", "ResolveIssue", "ApplyPipeline"] as const),
  ...(["FreezeApplication", "ThawApplication", "CreateToken", "RevokeToken"] as const),
];

/** What belongs to no application, and is shown to every token all the same. */
const ofNoApplication = "/api/v1/apps";

/** Whether a role lets somebody ask for that at all. */
export function mayAsk(role: string, kind: AskKind): boolean {
  return role === "admin" || whoMay[role]?.includes(kind) === true;
}

/** What whoever made an attempt had a right to when it arrived. */
export function rightOf(world: World, { call, seq, heard, serverSeq, now }: Attempt): Right {
  const { grant, ask } = call;
  // To exchange an identity takes no token.
  if (ask.kind === "Exchange") return "allowed";
  if (grant === undefined) return "unknown";
  const { name, role, apps, stages, expiresAt } = grant;
  const told = world.log(accessStream).slice(0, serverSeq);
  const given = told.some(({ type, data }) => type === "TokenCreated" && data.name === name);
  const revoked = told.some(({ type, data }) => type === "TokenRevoked" && data.name === name);
  if (!given || revoked || (expiresAt !== undefined && expiresAt <= now)) return "unknown";
  if (apps !== undefined && !apps.includes(world.app) && ask.path !== ofNoApplication) return "refused";
  if (apps !== undefined && !ask.path.startsWith(ofNoApplication)) return "refused";
  if (!mayAsk(role, ask.kind)) return "refused";
  // What they asked for themselves they may take back; what others did takes the right to approve.
  if (ask.kind === "RejectRollback" && role !== "admin" && role !== "approver") return "either";
  if (stages === undefined) return "allowed";
  if (everyStage.includes(ask.kind)) return "limited";
  if (ask.kind === "ReportCheck" && ask.stage === undefined) return "either";
  // Whom it asks may not know yet what it is about.
  if (heard !== seq && ask.stage === undefined) return "either";
  const about = stageOf(world, { call, seq });
  return about === undefined || stages.includes(about) ? "allowed" : "limited";
}

/** The stage that a request is about, if it is about one. */
function stageOf(world: World, { call, seq }: Pick<Attempt, "call" | "seq">): string | undefined {
  const { kind, stage, promotion } = call.ask;
  if (stage !== undefined) return stage;
  const log = world.log().slice(0, seq);
  if (promotion !== undefined) {
    const asked = log.find(({ type, data }) => type === "PromotionRequested" && data.id === promotion);
    return asked && String(asked.data.stage);
  }
  if (kind !== "PublishRelease") return undefined;
  const { pipeline } = log.findLast(({ type }) => type === "PipelineApplied")?.data ?? {};
  return (pipeline as { readonly stages: readonly { readonly name: string }[] } | undefined)?.stages[0]?.name;
}
