import type { ApplicationFact } from "../application/events.ts";
import type { AppState } from "../application/state.ts";
import { approvalsOfRevoked } from "../application/void-approvals.ts";
import { versionsWith } from "../application/withdraw.ts";
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
  return [...withdrawn, ...approvalsOfRevoked(state, rules)];
}
