import type { ApplicationEvent } from "../events.ts";
import type { AppState } from "../state.ts";

/** Folds what happened to an issue. */
export function evolveIssue(
  state: AppState,
  event: Extract<ApplicationEvent, { type: "IssueOpened" | "IssueResolved" }>,
): AppState {
  const { at, actor } = event;
  if (event.type === "IssueOpened") {
    const { alert, ...data } = event.data;
    const issue = { ...data, openedAt: at, openedBy: actor };
    const alerts = alert === undefined ? state.alerts : state.alerts.set(alert, issue.id);
    return { ...state, alerts, issues: state.issues.set(issue.id, issue), openIssues: state.openIssues.add(issue.id) };
  }
  const issue = state.issues.get(event.data.id);
  if (issue === undefined) return state;
  const resolved = { ...issue, resolved: { at, by: actor, comment: event.data.comment } };
  return { ...state, issues: state.issues.set(issue.id, resolved), openIssues: state.openIssues.delete(issue.id) };
}
