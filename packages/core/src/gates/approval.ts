import { z } from "zod";
import { personSchema } from "../access/person.ts";
import { plansOf } from "../application/plans.ts";
import type { Approval, Promotion, Release } from "../application/state.ts";
import { durationValue } from "../pipeline/values.ts";
import { rfc3339 } from "../time/instant.ts";
import type { GateKind } from "./gate.ts";
import { isNamed, type Person } from "./named.ts";

const schema = z
  .strictObject({
    from: z
      .array(personSchema)
      .max(50)
      .default([])
      .describe("Whose approval counts: names of tokens, or of groups of tokens"),
    count: z.int().min(1).max(20).default(1).describe("How many of them must approve"),
    groups: z
      .array(personSchema)
      .max(20)
      .default([])
      .describe("Groups of tokens of each of which at least one must be among those who approved"),
    for: z
      .enum(["every", "major"])
      .default("every")
      .describe("Which releases: every one, or those whose major version is above that of what is live in the stage"),
    expires: durationValue
      .refine((ms) => ms > 0, "must be longer than nothing")
      .default(604_800_000)
      .describe("How long an approval counts"),
  })
  .refine(({ from, groups }) => from.length + groups.length > 0, "must name who approves, in from or groups")
  .describe("People have approved: never the publisher, never whoever asked for the promotion by hand");

export type ApprovalConfig = z.output<typeof schema>;

/**
 * Enough people approved this promotion. What changes the release or the pipeline voids what was approved before; see
 * `application/approve.ts` and `application/void-approvals.ts` for what may be said and what ends it.
 */
export const approval: GateKind<typeof schema> = {
  schema,
  evaluate(config, { release, promotion, stage, stageState, state, now }) {
    const live = stageState.live?.version;
    if (config.for === "major" && live !== undefined && majorOf(release.version) <= majorOf(live))
      return {
        verdict: "pass",
        reason: `${release.version} is no major version after ${live}`,
        evidence: { for: config.for, live },
      };
    const plans =
      promotion === undefined ? [] : plansOf(promotion).map(({ sha256 }) => ` --plan ${sha256.slice(0, 12)}`);
    const command = `sluice approve ${release.version} ${stage.name}${plans.join("")}`;
    const rejection = promotion?.rejection;
    const evidence = {
      needed: config.count,
      from: config.from,
      groups: config.groups,
      release: release.digest,
      pipeline: state.pipeline?.digest ?? null,
    };
    if (rejection !== undefined && mayApprove(config, rejection))
      return {
        verdict: "fail",
        reason: `rejected by ${rejection.by}: ${rejection.comment}`,
        evidence: { ...evidence, rejection: { ...rejection, at: rfc3339(rejection.at) } },
        who: `${approvers(config)}, by approving all the same: ${command} --comment TEXT`,
      };
    const standing = standingApprovals(config, release, promotion, now);
    const told = {
      ...evidence,
      approvals: standing.map(({ at, ...one }) => ({ ...one, at: rfc3339(at), expires: rfc3339(at + config.expires) })),
    };
    if (isEnough(config, standing)) {
      const until = endOf(config, standing);
      return {
        verdict: "pass",
        reason: `approved by ${peopleOf(standing)} until ${rfc3339(until)}`,
        evidence: told,
        until,
      };
    }
    const needs = openDemands(config, standing);
    return {
      verdict: "wait",
      reason: promotion === undefined ? "nobody has asked for the promotion that is to be approved" : needs.join("; "),
      evidence: told,
      who: `${approvers(config)}, but not ${own(release, promotion).join(" or ")}${promotion === undefined ? `, once it is on its way into ${stage.name}` : `: ${command}`}`,
    };
  },
};

function majorOf(version: string): number {
  return Number(version.slice(0, version.indexOf(".")));
}

/** Whether what a person says counts for a gate. */
export function mayApprove({ from, groups }: ApprovalConfig, person: Person): boolean {
  return isNamed([...from, ...groups], person);
}

/** Who published the release or asked for its promotion by hand: their approval never counts. */
export function own(release: Release, promotion: Promotion | undefined): string[] {
  const asked = promotion?.manual === true ? promotion.requestedBy : promotion?.asked?.by;
  return [...new Set([release.publishedBy, ...(asked === undefined ? [] : [asked])])];
}

/** The approvals that count for a gate now. */
export function standingApprovals(
  config: ApprovalConfig,
  release: Release,
  promotion: Promotion | undefined,
  now: number,
): Approval[] {
  const excluded = own(release, promotion);
  return (promotion?.approvals ?? []).filter(
    (one) => mayApprove(config, one) && !excluded.includes(one.by) && now < one.at + config.expires,
  );
}

/** What a gate still asks for, in words, where all of these approvals count for it; empty: they are enough. */
export function openDemands(config: ApprovalConfig, approvals: readonly Person[]): string[] {
  if (isEnough(config, approvals)) return [];
  const missing = missingGroups(config, approvals);
  return [
    `${approvals.length} of ${config.count} approvals (${peopleOf(approvals)})`,
    ...(missing.length === 0 ? [] : [`none from ${missing.join(", ")}`]),
  ];
}

function peopleOf(approvals: readonly Person[]): string {
  return approvals.length === 0 ? "nobody" : approvals.map(({ by }) => by).join(", ");
}

function isEnough(config: ApprovalConfig, approvals: readonly Person[]): boolean {
  return approvals.length >= config.count && missingGroups(config, approvals).length === 0;
}

function missingGroups({ groups }: ApprovalConfig, approvals: readonly Person[]): string[] {
  return groups.filter((group) => !approvals.some((one) => one.groups.includes(group)));
}

/** When approvals that are enough now are so no more, because too many of them have expired. */
function endOf(config: ApprovalConfig, approvals: readonly Approval[]): number {
  const ends = approvals.map(({ at }) => at + config.expires).sort((a, b) => a - b);
  const end = ends.find(
    (at) =>
      !isEnough(
        config,
        approvals.filter((one) => at < one.at + config.expires),
      ),
  );
  return end ?? Number.POSITIVE_INFINITY;
}

/** Who can approve, for a person. */
export function approvers({ from, groups }: ApprovalConfig): string {
  return [...new Set([...from, ...groups])].join(", ");
}
