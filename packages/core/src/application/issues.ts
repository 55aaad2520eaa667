import { nearestNames } from "../errors/nearest.ts";
import { isRejection, type Rejection, reject } from "../errors/rejection.ts";
import type { CommandOf } from "./commands.ts";
import { findRelease } from "./find.ts";
import type { Transition } from "./transition.ts";

/** Opens an issue against a release. */
export function openIssue(
  transition: Transition,
  { version, title, severity }: CommandOf<"OpenIssue">,
): Rejection | undefined {
  const release = findRelease(transition.state, version);
  if (isRejection(release)) return release;
  const id = `issue-${transition.state.issues.size + 1}`;
  transition.add({ type: "IssueOpened", data: { id, version, title, severity } });
  return undefined;
}

/** Resolves an issue. */
export function resolveIssue(
  transition: Transition,
  { id, comment }: CommandOf<"ResolveIssue">,
): Rejection | undefined {
  const issue = transition.state.issues.get(id);
  if (issue === undefined)
    return reject("ISSUE_NOT_FOUND", `There is no issue "${id}".`, nearestNames(id, transition.state.issues.keys()));
  if (issue.resolved !== undefined) return reject("ISSUE_RESOLVED", `${id} was resolved by ${issue.resolved.by}.`);
  transition.add({ type: "IssueResolved", data: { id, comment } });
  return undefined;
}
