import { concernsStage, isAllowed } from "../policy/applies.ts";
import { blockingRange } from "../policy/blocking.ts";
import type { Policy } from "../policy/schema.ts";
import { type ApprovalConfig, approval } from "./approval.ts";
import { check as outsideCheck } from "./check.ts";
import { exposureBudget } from "./exposure-budget.ts";
import type { GateContext, GateResult, Verdict } from "./gate.ts";
import { testedIn } from "./tested-in.ts";

/** How long an approval that a policy asks for counts: a week, in ms. */
const approvalMs = 604_800_000;

/**
 * What the policies over an application demand of a stage, beside its own gates. Both hold, so whoever edits the pipeline can
 * ask for more than the policy and never for less.
 */
export function policyGates(context: GateContext): GateResult[] {
  return activePolicies(context).flatMap((policy) => demandsOf(policy, context));
}

/** The approvals that policies ask for in a stage. */
export function policyApprovals(state: GateContext["state"], stage: string): ApprovalConfig[] {
  return activePolicies({ state }).flatMap((policy) =>
    policy.approvalRequired && concernsStage(policy, stage) ? [approvalOf(policy)] : [],
  );
}

/** The outside checks that policies ask for in a stage. */
export function policyChecks(state: GateContext["state"], stage: string): readonly string[] {
  return activePolicies({ state }).flatMap((policy) => (concernsStage(policy, stage) ? policy.complianceChecks : []));
}

function activePolicies({ state }: Pick<GateContext, "state">): Policy[] {
  return [...state.policies.values()].flatMap(({ policy }) => policy ?? []);
}

function approvalOf({ approvers, approvals }: Policy): ApprovalConfig {
  return { from: approvers, count: approvals, groups: [], for: "every", expires: approvalMs };
}

function demandsOf(policy: Policy, context: GateContext): GateResult[] {
  const { name } = context.stage;
  const demands: [gate: string, verdict: Verdict][] = [];
  if (!isAllowed(policy, name)) demands.push(["allowed-channel", notAllowed(policy, name)]);
  if (policy.blockedVersions.length > 0) demands.push(["blocked-versions", blockedVersions(policy, context)]);
  if (concernsStage(policy, name)) {
    if (policy.approvalRequired) demands.push(["approval", approval.evaluate(approvalOf(policy), context)]);
    if (policy.testingRequired) {
      const { testEnvironments, minimumTestDuration } = policy;
      const config = { stages: testEnvironments, for: minimumTestDuration };
      demands.push(["tested-in", testedIn.evaluate(config, context)]);
    }
    if (policy.exposureBudget !== undefined)
      demands.push(["exposure-budget", exposureBudget(policy, policy.exposureBudget, context)]);
    for (const check of policy.complianceChecks)
      demands.push(["check", outsideCheck.evaluate({ name: check, from: [] }, context)]);
  }
  return demands.map(([gate, verdict]) => ({ gate, policy: policy.name, ...verdict }));
}

function notAllowed({ allowedChannels, name }: Policy, stage: string): Verdict {
  return {
    verdict: "fail",
    reason: `${stage} is not among the allowed channels: ${allowedChannels.join(", ")}`,
    evidence: { allowed: allowedChannels },
    who: `an admin, who changes policy ${name}, or whoever changes the pipeline`,
  };
}

function blockedVersions(policy: Policy, { release }: GateContext): Verdict {
  const { blockedVersions: ranges, name } = policy;
  const range = blockingRange(policy, release.version);
  return range === undefined
    ? { verdict: "pass", reason: `${release.version} is not blocked`, evidence: { blocked: ranges } }
    : {
        verdict: "fail",
        reason: `${release.version} is blocked${range === release.version ? "" : ` by ${range}`}`,
        evidence: { blocked: ranges, by: range },
        who: `an admin, who changes policy ${name}; or publish another version`,
      };
}
