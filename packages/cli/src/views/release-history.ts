import { compareVersions } from "@sluice/core/release/version.ts";
import type { Deployment } from "@sluice/core/views/history.ts";
import type { Incident } from "@sluice/core/views/incident/incident.ts";
import { markdownText } from "./markdown-text.ts";

/**
 * The table of releases that were deployed, oldest first, with whether the way back from each was ever gone: clients that had
 * it were offered the release before it.
 * @param notes version → release notes; the first line describes the release
 */
export function releaseHistory(
  deployments: readonly Deployment[],
  incidents: readonly Incident[],
  notes: ReadonlyMap<string, string>,
): string {
  const first = new Map<string, string>();
  for (const { version, startedAt } of deployments) {
    const known = first.get(version);
    if (startedAt !== undefined && (known === undefined || startedAt < known)) first.set(version, startedAt);
  }
  const rows = [...first]
    .sort(([a], [b]) => compareVersions(a, b))
    .map(([version, at], index) => {
      const description = markdownText(firstLine(notes.get(version) ?? ""));
      const status = index === 0 ? "N/A" : incidents.some((one) => isWayBack(one, version)) ? "Tested" : "Not tested";
      return `| ${version} | ${at.slice(0, 10)} | ${description} | ${status} |`;
    });
  return `${["| Version | Date | Description | Rollback status |", "| --- | --- | --- | --- |", ...rows].join("\n")}\n`;
}

function isWayBack({ from, to, exposure, durations }: Incident, version: string): boolean {
  return from === version && to !== null && exposure.basisPoints > 0 && durations.rollbackToServedMs !== undefined;
}

/** The first line of Markdown that says something, without the marks of a heading or list. */
export function firstLine(markdown: string): string {
  const line = markdown.split("\n").find((text) => text.trim() !== "") ?? "";
  return line.replace(/^\s*(?:#{1,6}|[-*+])\s+/, "").trim();
}
