import { isRejection, type Rejection, reject } from "../errors/rejection.ts";
import { type ApprovalConfig, approvers, mayApprove, own, standingApprovals } from "../gates/approval.ts";
import { toPlan } from "../targets/to-plan.ts";
import { approvalsAsked } from "./approvals-asked.ts";
import type { CommandOf } from "./commands.ts";
import type { PlanDigest } from "./events/promotion.ts";
import { findPromotion, findRelease } from "./find.ts";
import { plansOf } from "./plans.ts";
import type { Promotion, Release } from "./state.ts";
import type { Transition } from "./transition.ts";
import { wantedApproval } from "./waves.ts";

interface Question {
  readonly promotion: Promotion;
  readonly release: Release;
  readonly gates: readonly ApprovalConfig[];
  /** The approval that the rollout's wave waits for, and since when it counts. */
  readonly wave: ReturnType<typeof wantedApproval>;
}

/** Says yes to a promotion. It counts once for every person, for this release and this pipeline, until it expires. */
export function approvePromotion(
  transition: Transition,
  command: CommandOf<"ApprovePromotion">,
): Rejection | undefined {
  const question = questionOf(transition, command);
  if (isRejection(question)) return question;
  const { promotion, release, gates } = question;
  const { actor: by, now } = transition.meta;
  const { rejection } = promotion;
  const unplanned = toPlan(transition.state).flatMap((one) => (one.promotion === promotion ? [one.target.name] : []));
  if (own(release, promotion).includes(by))
    return reject(
      "OWN_RELEASE",
      `${by} ${release.publishedBy === by ? `published ${release.version}` : `asked for ${promotion.id}`}, so somebody else has to approve it: ${gates.map(approvers).join("; ")}.`,
    );
  if (rejection === undefined && gates.every((gate) => hasApproved(gate, question, by, now)))
    return reject("APPROVAL_EXISTS", `${by} has approved ${promotion.id} already.`);
  if (rejection !== undefined && command.comment.trim() === "")
    return reject(
      "REASON_REQUIRED",
      `${rejection.by} rejected it: ${rejection.comment} To approve it all the same, say why: --comment TEXT`,
    );
  if (unplanned.length > 0)
    return reject(
      "PLAN_NOT_READY",
      `${unplanned.join(", ")} of ${promotion.stage} did not say yet what ${release.version} would change there. Look at it in a moment, then approve: sluice why ${release.version} ${promotion.stage}`,
    );
  transition.add({ type: "PromotionApproved", data: answerOf(transition, question, command) });
  return undefined;
}

/** Says no to a promotion that waits: what was approved so far is void, and it waits until somebody approves anew. */
export function rejectPromotion(transition: Transition, command: CommandOf<"RejectPromotion">): Rejection | undefined {
  const question = questionOf(transition, command);
  if (isRejection(question)) return question;
  const { promotion } = question;
  if (promotion.status !== "waiting")
    return reject(
      "PROMOTION_IN_PROGRESS",
      `${promotion.id} is rolling out already. An operator can hold it or take it back: sluice pause ${promotion.stage}, sluice abort ${promotion.stage}`,
    );
  if (command.comment.trim() === "") return reject("REASON_REQUIRED", "Say why it is rejected: --comment TEXT");
  transition.add({ type: "PromotionRejected", data: answerOf(transition, question, command) });
  return undefined;
}

/** What is to be approved, and by which gates' rules; or why whoever answers may not. */
function questionOf(
  { state, meta }: Transition,
  command: CommandOf<"ApprovePromotion" | "RejectPromotion">,
): Question | Rejection {
  const promotion = findPromotion(state, command.id);
  if (isRejection(promotion)) return promotion;
  const { id, stage, version, status } = promotion;
  if (status !== "waiting" && status !== "active" && status !== "paused")
    return reject("PROMOTION_NOT_ACTIVE", `Promotion ${id} of ${version} into ${stage} is ${status}.`);
  const release = findRelease(state, version);
  if (isRejection(release)) return release;
  const wave = wantedApproval(promotion);
  const configs = [...approvalsAsked(state, stage), ...(wave === undefined ? [] : [wave.config])];
  if (configs.length === 0)
    return reject(
      "APPROVAL_NOT_ASKED",
      `Stage ${stage} has no approval gate, and no wave of its rollout waits for one, so there is nothing to approve.`,
    );
  const pipeline = state.pipeline?.digest;
  if ((command.digest ?? release.digest) !== release.digest || (command.pipeline ?? pipeline) !== pipeline)
    return reject(
      "APPROVAL_OUTDATED",
      `What you looked at is not what would be approved now: release ${release.digest.slice(0, 12)}, pipeline ${pipeline?.slice(0, 12)}. Look again: sluice why ${version} ${stage}`,
    );
  const outdated = command.plans && planDifference(command.plans, plansOf(promotion));
  if (outdated !== undefined)
    return reject(
      "APPROVAL_OUTDATED",
      `What you looked at is not what would be approved now: ${outdated}. Look again: sluice why ${version} ${stage}`,
    );
  const person = { by: meta.actor, groups: command.groups };
  const answering = configs.filter((gate) => mayApprove(gate, person));
  if (answering.length === 0 || meta.rules?.revoked.has(meta.actor) === true)
    return reject(
      "APPROVER_NOT_NAMED",
      `${meta.actor} is not among those who decide about ${stage}: ${configs.map(approvers).join("; ")}.`,
    );
  return { promotion, release, gates: answering, wave };
}

/** How the plans that a person looked at differ from those that are known, in words. */
function planDifference(seen: readonly PlanDigest[], known: readonly PlanDigest[]): string | undefined {
  const changed = known.find(
    ({ target, sha256 }) => !seen.some((one) => one.target === target && one.sha256 === sha256),
  );
  if (changed !== undefined) return `the plan of ${changed.target} is ${changed.sha256.slice(0, 12)}`;
  const gone = seen.find(({ target }) => !known.some((one) => one.target === target));
  return gone && `there is no plan of ${gone.target}`;
}

function hasApproved(gate: ApprovalConfig, { release, promotion, wave }: Question, by: string, now: number): boolean {
  const since = gate === wave?.config ? wave.since : 0;
  return standingApprovals(gate, release, promotion, now).some((one) => one.by === by && one.at >= since);
}

function answerOf(
  { state }: Transition,
  { promotion, release }: Question,
  { groups, comment }: CommandOf<"ApprovePromotion" | "RejectPromotion">,
) {
  const { id, stage, version } = promotion;
  const plans = plansOf(promotion);
  return {
    id,
    stage,
    version,
    digest: release.digest,
    pipeline: state.pipeline?.digest ?? "",
    groups,
    comment,
    ...(plans.length === 0 ? {} : { plans }),
  };
}
