import type { ApplicationFact } from "../application/events.ts";
import type { AppState } from "../application/state.ts";
import { approvalsOfRevoked, rollbackApprovalsOfRevoked } from "../application/void-approvals.ts";
import { versionsWith } from "../application/withdraw.ts";
import { appliesTo } from "../policy/applies.ts";
import type { Rules } from "./rules.ts";

/**
 * What an application's log does not have yet of the rules that hold everywhere. Every decision about the application begins
 * with these facts, so that none is made without them; after a crash the next one makes up for it.
 */
export function factsToAdopt(state: AppState, rules: Rules): ApplicationFact[] {
  const withdrawn = rules.artifacts
    .valueSeq()
    .filter(({ sha256 }) => !state.withdrawnArtifacts.has(sha256))
    .map(({ sha256, reason, by }): ApplicationFact => {
      const data = { sha256, reason, by, versions: versionsWith(state, sha256) };
      return { type: "ArtifactWithdrawn", data };
    })
    .toArray();
  return [
    ...withdrawn,
    ...policyFacts(state, rules),
    ...approvalsOfRevoked(state, rules),
    ...rollbackApprovalsOfRevoked(state, rules),
  ];
}

/** What changed in the policies over an application. A node that lags behind changes nothing back: it knows older revisions only. */
function policyFacts(state: AppState, rules: Rules): ApplicationFact[] {
  return [...rules.policies.values()].flatMap(({ name, revision, by, policy }): ApplicationFact[] => {
    const adopted = state.policies.get(name);
    if (adopted !== undefined && adopted.revision >= revision) return [];
    if (policy !== undefined && appliesTo(policy, state.app))
      return [{ type: "PolicyAdopted", data: { name, revision, by, policy } }];
    return adopted?.policy === undefined ? [] : [{ type: "PolicyDropped", data: { name, revision, by } }];
  });
}
