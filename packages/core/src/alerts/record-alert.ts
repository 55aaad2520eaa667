import { findRelease } from "../application/find.ts";
import type { Transition } from "../application/transition.ts";
import { isRejection, type Rejection } from "../errors/rejection.ts";
import type { Alert } from "./alert.ts";

/**
 * Opens an issue for an alert that fires, once, and resolves it when the alert is over. An issue that a person resolved while
 * the alert goes on stays resolved; an alert that was never heard of cannot be over.
 */
export function recordAlert(transition: Transition, alert: Alert): Rejection | undefined {
  const { state } = transition;
  const { key, firing, version, stage, title, severity } = alert;
  const known = state.alerts.get(key);
  if (!firing) {
    if (known !== undefined && state.openIssues.has(known))
      transition.add({ type: "IssueResolved", data: { id: known, comment: "the alert is over" } });
    return undefined;
  }
  if (known !== undefined) return undefined;
  const release = findRelease(state, version);
  if (isRejection(release)) return release;
  const id = `issue-${state.issues.size + 1}`;
  const where = stage === undefined ? {} : { stage };
  transition.add({ type: "IssueOpened", data: { id, version, title, severity, ...where, alert: key } });
  return undefined;
}
