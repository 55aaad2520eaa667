import type { Pipeline } from "@sluice/core/pipeline/schema.ts";
import { sizeText } from "@sluice/core/views/size-text.ts";
import type { StatusView } from "@sluice/core/views/status.ts";
import type { Explanation } from "@sluice/core/views/why.ts";
import { type Command, Option } from "commander";
import { apiPath } from "../api/api.ts";
import type { ReleaseDetail } from "../api/shapes.ts";
import { exitCodes, Failure } from "../failure.ts";
import type { Style } from "../output/style.ts";
import { cell, table } from "../output/table.ts";
import { when } from "../output/time.ts";
import type { OpenSession, Session } from "../session.ts";
import { deploymentRequest } from "../views/deployment-request.ts";
import { historyTable } from "../views/history-text.ts";

export function addShow(program: Command, open: OpenSession): void {
  program
    .command("show")
    .description("one release: its components with their digests, and its whole path")
    .argument("<version>")
    .addOption(
      new Option("--format <format>", "request: the request to let it into its next stage, Markdown")
        .choices(["text", "json", "request"])
        .default("text"),
    )
    .action(async (version: string, { format }: { format: string }, command: Command) => {
      const session = open(command);
      const app = await session.app();
      const release = await session.api().get<ReleaseDetail>(apiPath("apps", app, "releases", version));
      if (format === "request" && !session.json) {
        session.io.stdout.write(await requestText(session, app, release));
      } else if (format === "json") session.io.stdout.write(`${JSON.stringify(release, null, 2)}\n`);
      else session.print(release, () => releaseText(release, session.style));
    });
}

/** The next stage is the first that the release is not, and never was, fully rolled out in. */
async function requestText(session: Session, app: string, release: ReleaseDetail): Promise<string> {
  const api = session.api();
  const { pipeline } = await api.get<{ pipeline: Pipeline }>(apiPath("apps", app, "pipeline"));
  const next = pipeline.stages.find(({ name }) => !["live", "complete"].includes(release.stages[name] ?? ""));
  if (next === undefined)
    throw new Failure(
      exitCodes.conflict,
      "ALREADY_LIVE",
      `${release.version} has been through every stage of ${app}.`,
      {
        hint: "There is nothing left to request. Its path: sluice show VERSION",
      },
    );
  const why = await api.get<Explanation>(apiPath("apps", app, "why", release.version, next.name));
  const { stages } = await api.get<StatusView>(apiPath("apps", app, "status"));
  const live = stages.find(({ name }) => name === next.name)?.live?.version;
  return deploymentRequest(release, next, live, why);
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
      sizeText(size),
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
    path.length === 0 ? "It was not yet deployed anywhere.\n" : historyTable(path, release.rollbacks, style),
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
