import type { Deployment } from "@sluice/core/views/history.ts";
import type { ReleaseSummary } from "../api/shapes.ts";
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

/** Markdown: a section for each release, newest first, with its notes and where it came when. */
export function changelog(
  app: string,
  releases: readonly ReleaseSummary[],
  notes: ReadonlyMap<string, string>,
  deployments: readonly Deployment[],
): string {
  const sections = releases.map((release) => {
    const path = deployments.filter(({ version }) => version === release.version).toReversed();
    const lines = path.flatMap(deploymentLine);
    const withdrawn =
      release.withdrawn === undefined
        ? []
        : [`- **withdrawn** ${when(release.withdrawn.at)}: ${cell(release.withdrawn.reason)}`];
    const text = notes.get(release.version)?.trim() ?? "";
    const body = [text, [...lines, ...withdrawn].join("\n")].filter((part) => part !== "");
    return [`## ${release.version} (${release.publishedAt.slice(0, 10)})`, ...body].join("\n\n");
  });
  return `${[`# ${app}`, ...sections].join("\n\n")}\n`;
}

function deploymentLine({ stage, status, completedAt, endedAt, reason }: Deployment): string[] {
  const reached = completedAt === undefined ? [] : [`- ${stage}: live ${when(completedAt)}`];
  if (status === "rolled-back") return [...reached, `- ${stage}: **rolled back** ${when(endedAt)}: ${cell(reason)}`];
  return reached;
}
