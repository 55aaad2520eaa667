import type { Policy } from "@sluice/core/policy/schema.ts";
import { isYes } from "./approvals.ts";
import type { Chronicle } from "./chronicle.ts";
import { untested } from "./tested.ts";
import type { ToldPromotion } from "./told.ts";

/** A week, in ms: how long a yes that a policy asks for counts. */
const expires = 7 * 86_400_000;

/** What the policies in force keep a promotion from. Blocked versions are told by name, or by a range of minor versions, as they are drawn. */
export function closedByPolicies(told: Chronicle, promotion: ToldPromotion, at: number): string[] {
  const { stage, version } = promotion;
  return [...told.policies.values()].flatMap((policy) => {
    const closed: string[] = [];
    const { name, testEnvironments } = policy;
    if (!allows(policy, stage)) closed.push(`${name} does not allow ${stage}`);
    if (blocks(policy, version)) closed.push(`${name} blocks it`);
    if (!asks(policy, stage)) return closed;
    if (policy.approvalRequired && !isYes(told, approvalOf(policy), promotion, at))
      closed.push(`${name} wants it approved`);
    if (policy.testingRequired)
      closed.push(...untested(told, { stages: testEnvironments, for: policy.minimumTestDuration }, promotion, at));
    for (const check of policy.complianceChecks)
      if (told.checks.get(`${version} ${check}`)?.passed !== true) closed.push(`${name} wants ${check} passed`);
    return closed;
  });
}

/** The approvals that the policies in force ask for in a stage. */
export function approvalsOfPolicies(told: Chronicle, stage: string) {
  return [...told.policies.values()]
    .filter((policy) => policy.approvalRequired && asks(policy, stage))
    .map((policy) => approvalOf(policy));
}

/** Whether a policy lets there be a stage. */
export function allows({ allowedChannels, testEnvironments }: Policy, stage: string): boolean {
  return allowedChannels.length === 0 || [...allowedChannels, ...testEnvironments].includes(stage);
}

/** Whether a policy blocks a version. */
export function blocks({ blockedVersions }: Policy, version: string): boolean {
  const place = (text: string) => Number(text.split(".")[1]);
  return blockedVersions.some((range) => {
    const [, from, to] = range.match(/^>=(1\.\d+\.0) <(1\.\d+\.0)$/) ?? [];
    if (from === undefined || to === undefined) return range === version;
    return version.startsWith("1.") && place(version) >= place(from) && place(version) < place(to);
  });
}

function approvalOf({ approvers, approvals }: Policy) {
  return { from: approvers, groups: [], count: approvals, for: "every", expires } as const;
}

function asks({ stages, testEnvironments }: Policy, stage: string): boolean {
  return stages.length > 0 ? stages.includes(stage) : !testEnvironments.includes(stage);
}
