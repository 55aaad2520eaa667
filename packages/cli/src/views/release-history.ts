import { compareVersions } from "@sluice/core/release/version.ts";
import type { Deployment } from "@sluice/core/views/history.ts";
import type { RollbackTest } from "@sluice/core/views/rollback-test.ts";
import { rollbackWords } from "./history-text.ts";
import { markdownText } from "./markdown-text.ts";

/**
 * The table of releases that were deployed, oldest first, with whether the way back from each was ever gone in
 * some stage.
 * @param notes version → release notes; the first line describes the release
 */
export function releaseHistory(
  deployments: readonly Deployment[],
  rollbacks: readonly RollbackTest[],
  notes: ReadonlyMap<string, string>,
): string {
  const first = new Map<string, string>();
  for (const { version, startedAt } of deployments) {
    const known = first.get(version);
    if (startedAt !== undefined && (known === undefined || startedAt < known)) first.set(version, startedAt);
  }
  const rows = [...first]
    .sort(([a], [b]) => compareVersions(a, b))
    .map(([version, at]) => {
      const description = markdownText(firstLine(notes.get(version) ?? ""));
      return `| ${version} | ${at.slice(0, 10)} | ${description} | ${rollbackStatus(version, rollbacks)} |`;
    });
  return `${["| Version | Date | Description | Rollback status |", "| --- | --- | --- | --- |", ...rows].join("\n")}\n`;
}

/** With the stages in which it was tested. */
function rollbackStatus(version: string, rollbacks: readonly RollbackTest[]): string {
  const tests = rollbacks.filter((test) => test.version === version);
  const tested = tests.filter(({ status }) => status === "tested").map(({ stage }) => stage);
  if (tested.length > 0) return `${rollbackWords.tested} (${tested.sort().join(", ")})`;
  return tests.some(({ status }) => status === "untested") ? rollbackWords.untested : rollbackWords.none;
}

/** The first line of Markdown that says something, without the marks of a heading or list. */
export function firstLine(markdown: string): string {
  const line = markdown.split("\n").find((text) => text.trim() !== "") ?? "";
  return line.replace(/^\s*(?:#{1,6}|[-*+])\s+/, "").trim();
}
