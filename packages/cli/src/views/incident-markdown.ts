import { formatDuration } from "@sluice/core/time/duration.ts";
import type { Incident } from "@sluice/core/views/incident/incident.ts";
import { when } from "../output/time.ts";
import { exposureText, reachText, toldText } from "./incident-text.ts";
import { markdownText } from "./markdown-text.ts";

/** The draft of a post-mortem: what the log knows is filled in, what only people know is asked for. */
export function incidentMarkdown(incident: Incident): string {
  const { id, app, stage, from, to, status, reason, rolledBackAt, durations, who } = incident;
  const back = to === null ? "There was no release to go back to." : `The stage went back to ${to}.`;
  const decided = who.automatic ? "automatically" : `by ${whoText(who)}`;
  const { exposedMs, rollbackToServedMs, harmToRollbackMs } = durations;
  const sections = [
    `# ${id}: ${app} ${from} rolled back in ${stage}`,
    `**Status**: ${status}  \n**Date**: ${when(rolledBackAt)}  \n**Cause**: ${incident.cause}`,
    `## Summary\n\n${app} ${from} was rolled back in ${stage}, ${decided}: ${markdownText(reason)}. ${back}`,
    `## Impact\n\n${list([
      `Exposure: ${exposureText(incident)} of ${stage}; ${reachText(incident)}`,
      exposedMs === undefined ? "Nobody was offered it" : `On offer for ${formatDuration(exposedMs)}`,
      harmToRollbackMs === undefined
        ? "The log has no sign of harm before the rollback"
        : `First sign of harm to rollback: ${formatDuration(harmToRollbackMs)}`,
      rollbackToServedMs === undefined
        ? "The way back is **not served yet**"
        : `Rollback to way back served: ${formatDuration(rollbackToServedMs)}`,
      `Published by ${markdownText(who.publishedBy)}, requested by ${markdownText(who.requestedBy)}`,
      ...(who.override === undefined
        ? []
        : [`**Gates were overridden** by ${markdownText(who.override.by)}: ${markdownText(who.override.reason)}`]),
      `Who was told: ${markdownText(toldText(incident))}`,
    ])}`,
    `## Timeline\n\n| Time | By | What |\n| --- | --- | --- |\n${incident.timeline
      .map(({ at, by, text }) => `| ${when(at)} | ${markdownText(by)} | ${markdownText(text)} |`)
      .join("\n")}`,
    `## Root cause\n\n_To be filled in._ What the evidence says:\n\n${evidenceLists(incident)}`,
    `## What went well\n\n${list([...wentWell(incident), "_to be filled in_"])}`,
    `## Follow-ups\n\n${[...incident.followUps.map(markdownText), "Find the root cause and write it down above"]
      .map((text) => `- [ ] ${text}`)
      .join("\n")}`,
  ];
  return `${sections.join("\n\n")}\n`;
}

function whoText({ rolledBackBy, rollbackRequest: request }: Incident["who"]): string {
  if (request === undefined) return markdownText(rolledBackBy);
  const approvers = request.approvals.map(({ by }) => markdownText(by)).join(" and ");
  return `${request.id}, which ${markdownText(request.by)} asked for and ${approvers} approved`;
}

function evidenceLists({ evidence, reason }: Incident): string {
  const failures = Array.isArray(evidence.analysis) ? evidence.analysis : [];
  const lines = failures.flatMap((failure: unknown) => {
    const { analysis, reason: why, evidence: values } = failure as Record<string, unknown>;
    const measured = Object.entries(typeof values === "object" && values !== null ? values : {});
    return [
      `${markdownText(String(analysis))}: ${markdownText(String(why))}`,
      ...measured.map(([name, value]) => `${name} = ${markdownText(JSON.stringify(value))}`),
    ];
  });
  return list(lines.length === 0 ? [`${markdownText(reason)} (nothing was measured)`] : lines);
}

function wentWell(incident: Incident): string[] {
  const { who, exposure, durations, stage } = incident;
  return [
    ...(who.automatic ? ["It was stopped without anybody having to act"] : []),
    ...(exposure.basisPoints < 10_000 || (exposure.wave?.number ?? 0) < (exposure.wave?.of ?? 0)
      ? [`Only ${exposureText(incident)} of ${stage} were exposed`]
      : []),
    ...(durations.rollbackToServedMs === undefined
      ? []
      : [`The way back was served ${formatDuration(durations.rollbackToServedMs)} after the rollback`]),
  ];
}

function list(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join("\n");
}
