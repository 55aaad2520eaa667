import type { StatusView } from "@sluice/core/views/status.ts";

/** An application in one line: how much is on its way, waiting, stopped and complained about. */
export function summaryText({ stages, openIssues, releases, frozen }: StatusView): string {
  const active = stages.filter((stage) => stage.active?.status === "active").length;
  const paused = stages.filter((stage) => stage.active?.status === "paused").length;
  const waiting = stages.reduce((sum, stage) => sum + stage.waiting.length, 0);
  const back = stages.filter(({ wayBack }) => wayBack !== undefined).length;
  const asked = stages.filter(({ rollbackRequest }) => rollbackRequest !== undefined).length;
  const parts = [
    ...(frozen === undefined ? [] : ["frozen"]),
    ...(active > 0 ? [`${active} rolling out`] : []),
    ...(paused > 0 ? [`${paused} paused`] : []),
    ...(waiting > 0 ? [`${waiting} waiting`] : []),
    ...(back > 0 ? [`${back} going back`] : []),
    ...(asked > 0 ? [`${asked} ${asked === 1 ? "rollback" : "rollbacks"} asked for`] : []),
    ...(openIssues.length > 0 ? [`${openIssues.length} open ${openIssues.length === 1 ? "issue" : "issues"}`] : []),
  ];
  if (parts.length > 0) return parts.join(" · ");
  return releases === 0
    ? "Ready for its first release."
    : "All quiet: nothing is on its way, nothing waits, no issue is open.";
}
