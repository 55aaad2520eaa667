import type { Deployment } from "@sluice/core/views/history.ts";
import type { Style } from "../output/style.ts";
import { cell, table } from "../output/table.ts";
import { share } from "../output/text.ts";
import { between, when } from "../output/time.ts";

/** Deployments as a table, newest first. */
export function historyTable(deployments: readonly Deployment[], style: Style): string {
  return table(
    style,
    ["REQUESTED", "STAGE", "VERSION", "STATUS", "REACHED", "BY", "TOOK", "WHY"],
    deployments.map((deployment) => [
      when(deployment.requestedAt),
      deployment.stage,
      deployment.version,
      paint(deployment.status, style),
      share(deployment.exposure),
      cell(deployment.requestedBy),
      took(deployment),
      cell(whyOf(deployment)),
    ]),
  );
}

export function paint(status: string, style: Style): string {
  if (status === "complete" || status === "live") return style.green(status);
  if (status === "rolled-back" || status === "aborted" || status === "withdrawn") return style.red(status);
  return status === "paused" ? style.yellow(status) : status;
}

function took({ startedAt, completedAt, endedAt }: Deployment): string {
  const end = completedAt ?? endedAt;
  return startedAt === undefined || end === undefined ? "" : between(startedAt, end);
}

function whyOf({ reason, cause, endedBy, override }: Deployment): string {
  const end =
    cause === undefined ? "" : `${reason === "" || reason === undefined ? cause : reason} (${endedBy ?? "sluice"})`;
  return [override === undefined ? "" : `override by ${override}`, end].filter((part) => part !== "").join("; ");
}
