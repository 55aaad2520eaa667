import type { Deployment } from "@sluice/core/views/history.ts";
import type { RollbackTest } from "@sluice/core/views/rollback-test.ts";
import { waveText } from "@sluice/core/views/wave.ts";
import type { Style } from "../output/style.ts";
import { cell, table } from "../output/table.ts";
import { share } from "../output/text.ts";
import { between, when } from "../output/time.ts";
import { markdownTable } from "./markdown-table.ts";

/** What a rollback test came to, for people. */
export const rollbackWords: Readonly<Record<RollbackTest["status"], string>> = {
  tested: "Tested",
  untested: "Untested",
  none: "N/A",
};

const heads = ["Requested", "Stage", "Version", "Status", "Reached", "By", "Took", "Rollback", "Why"];

/** The deployment log: deployments as a Markdown table, each with whether its rollback was ever tested. */
export function deploymentLog(deployments: readonly Deployment[], rollbacks: readonly RollbackTest[]): string {
  return markdownTable(
    heads,
    deployments.map((deployment) => [
      when(deployment.requestedAt),
      deployment.stage,
      deployment.version,
      deployment.status,
      share(deployment.exposure),
      deployment.requestedBy,
      took(deployment),
      rollbackOf(deployment, rollbacks),
      whyOf(deployment),
    ]),
  );
}

/** Deployments as a table, newest first, each with whether its rollback was ever tested. */
export function historyTable(
  deployments: readonly Deployment[],
  rollbacks: readonly RollbackTest[],
  style: Style,
): string {
  return table(
    style,
    heads.map((head) => head.toUpperCase()),
    deployments.map((deployment) => [
      when(deployment.requestedAt),
      deployment.stage,
      deployment.version,
      paint(deployment.status, style),
      reached(deployment),
      cell(deployment.requestedBy),
      took(deployment),
      rollbackOf(deployment, rollbacks),
      cell(whyOf(deployment)),
    ]),
  );
}

function reached({ exposure, wave }: Deployment): string {
  return wave === undefined ? share(exposure) : `${share(exposure)} of ${waveText(wave)}`;
}

function rollbackOf({ stage, version, startedAt }: Deployment, rollbacks: readonly RollbackTest[]): string {
  const test = rollbacks.find((one) => one.stage === stage && one.version === version);
  return test === undefined || startedAt === undefined ? "" : rollbackWords[test.status];
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

function whyOf({ reason, cause, endedBy, override, wayBack, rollbackRequest: request }: Deployment): string {
  const who =
    request === undefined
      ? (endedBy ?? "sluice")
      : `${request.id} of ${request.by}, approved by ${request.approvals.map(({ by }) => by).join(", ")}`;
  const end = cause === undefined ? "" : `${reason === "" || reason === undefined ? cause : reason} (${who})`;
  const back =
    wayBack === undefined
      ? ""
      : `${share(wayBack.basisPoints)} sent back${wayBack.next === undefined ? "" : `, more at ${when(wayBack.next)}`}`;
  return [override === undefined ? "" : `override by ${override}`, end, back].filter((part) => part !== "").join("; ");
}
