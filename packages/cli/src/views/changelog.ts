import type { Deployment } from "@sluice/core/views/history.ts";
import type { ReleaseSummary } from "../api/shapes.ts";
import { markdownText } from "./markdown-text.ts";

/**
 * CHANGELOG.md as https://keepachangelog.com/en/1.1.0/ has it, newest first, each release with its notes and with where it was
 * deployed when. A withdrawn release is marked as yanked.
 * @param notes version → release notes, Markdown
 */
export function changelog(
  app: string,
  releases: readonly ReleaseSummary[],
  notes: ReadonlyMap<string, string>,
  deployments: readonly Deployment[],
): string {
  const sections = releases.map((release) => {
    const { version, publishedAt, withdrawn } = release;
    const path = deployments.filter((deployment) => deployment.version === version).toReversed();
    const heading = `## [${version}] - ${publishedAt.slice(0, 10)}${withdrawn === undefined ? "" : " [YANKED]"}`;
    const text = belowReleases(notes.get(version)?.trim() ?? "");
    return [heading, text, `### Deployment\n\n${deploymentLines(release, path).join("\n")}`]
      .filter((part) => part !== "")
      .join("\n\n");
  });
  return `${["# Changelog", `What changed in ${app}, and where it was deployed.`, ...sections].join("\n\n")}\n`;
}

function deploymentLines({ withdrawn }: ReleaseSummary, path: readonly Deployment[]): string[] {
  const reached = path.flatMap(({ stage, completedAt }) =>
    completedAt === undefined ? [] : [`- ${capital(stage)}: ${minute(completedAt)}`],
  );
  const back = path
    .filter(({ status, startedAt }) => startedAt !== undefined && (status === "rolled-back" || status === "aborted"))
    .map(
      ({ stage, endedAt = "", reason, cause }) => `${stage} ${minute(endedAt)}, ${markdownText(reason || cause || "")}`,
    );
  return [
    ...reached,
    `- Rollback: ${back.length === 0 ? "None" : back.join("; ")}`,
    ...(withdrawn === undefined ? [] : [`- Withdrawn: ${minute(withdrawn.at)}, ${markdownText(withdrawn.reason)}`]),
  ];
}

/** Moves the headings of some Markdown down, so that the highest is of the third level: below the release's own. */
function belowReleases(markdown: string): string {
  let fenced = false;
  const lines = markdown.split("\n").map((text) => {
    if (/^ {0,3}(?:```|~~~)/.test(text)) fenced = !fenced;
    const marks = fenced ? undefined : /^(#{1,6})(?=\s)/.exec(text)?.[1];
    return { text, level: marks?.length };
  });
  const highest = Math.min(...lines.map(({ level }) => level ?? 7));
  const down = Math.max(0, 3 - highest);
  return lines
    .map(({ text, level }) =>
      level === undefined ? text : `${"#".repeat(Math.min(6, level + down))}${text.slice(level)}`,
    )
    .join("\n");
}

function minute(time: string): string {
  return `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`;
}

function capital(name: string): string {
  return `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
}
