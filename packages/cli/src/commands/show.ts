import type { Command } from "commander";
import { apiPath } from "../api/api.ts";
import type { ReleaseDetail } from "../api/shapes.ts";
import type { Style } from "../output/style.ts";
import { cell, table } from "../output/table.ts";
import { bytes } from "../output/text.ts";
import { when } from "../output/time.ts";
import type { OpenSession } from "../session.ts";
import { historyTable } from "../views/history-text.ts";

export function addShow(program: Command, open: OpenSession): void {
  program
    .command("show")
    .description("one release: its components with their digests, and its whole path")
    .argument("<version>")
    .action(async (version: string, _: object, command: Command) => {
      const session = open(command);
      const release = await session.api().get<ReleaseDetail>(apiPath("apps", await session.app(), "releases", version));
      session.print(release, () => releaseText(release, session.style));
    });
}

function releaseText(release: ReleaseDetail, style: Style): string {
  const { version, digest, publishedAt, publishedBy, withdrawn, manifest, path, clients, issues } = release;
  const facts = [
    ["published", `${when(publishedAt)} by ${cell(publishedBy)}`],
    ["digest", digest],
    ["commit", release.commit],
    ["minimum version", manifest.minimumVersion],
    ["mandatory", release.mandatory ? "yes" : undefined],
    ["withdrawn", withdrawn && style.red(`${when(withdrawn.at)} by ${cell(withdrawn.by)}: ${cell(withdrawn.reason)}`)],
    ...Object.entries(manifest.compatibility ?? {}).map(([name, ranges]) => [
      `needs ${name}`,
      cell(ranges.join(" or ")),
    ]),
  ].flatMap(([name = "", value]) => (value === undefined ? [] : [`  ${name.padEnd(16)} ${value}`]));
  const components = table(
    style,
    ["COMPONENT", "KIND", "PLATFORM", "SIZE", "SHA-256"],
    manifest.components.map(({ name, kind, platform, size, sha256 }) => [
      name,
      kind,
      platform ?? "every",
      bytes(size),
      sha256,
    ]),
  );
  const reports = clients.map(({ channel, reached, healthy, failed, rolledBack }) => [
    channel,
    String(reached),
    String(healthy),
    String(failed),
    String(rolledBack),
  ]);
  return [
    `${style.bold(`${manifest.app} ${version}`)}\n${facts.join("\n")}\n`,
    components,
    path.length === 0 ? "It was not yet deployed anywhere.\n" : historyTable(path, style),
    ...(reports.length === 0
      ? []
      : [table(style, ["CHANNEL", "REACHED", "HEALTHY", "FAILED", "ROLLED BACK"], reports)]),
    ...issues.map(
      (issue) =>
        `${cell(issue.id)} (${issue.severity}${issue.resolved === undefined ? ", open" : ", resolved"}): ${cell(issue.title)}\n`,
    ),
    ...(manifest.notes === undefined ? [] : [`${manifest.notes.replace(/[^\P{Cc}\n\t]/gu, " ").trimEnd()}\n`]),
  ].join("\n");
}
