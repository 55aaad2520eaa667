import type { Deployment } from "@sluice/core/views/history.ts";
import type { Incident } from "@sluice/core/views/incident/incident.ts";
import { type RollbackTest, rollbackTests } from "@sluice/core/views/rollback-test.ts";
import { type Command, Option } from "commander";
import { apiPath } from "../api/api.ts";
import { allDeployments, allReleases } from "../api/pages.ts";
import type { ReleaseDetail } from "../api/shapes.ts";
import { stageNamed } from "../api/stage-named.ts";
import type { OpenSession, Session } from "../session.ts";
import { changelog } from "../views/changelog.ts";
import { deploymentLog, historyTable } from "../views/history-text.ts";
import { releaseHistory } from "../views/release-history.ts";

export function addHistory(program: Command, open: OpenSession): void {
  program
    .command("history")
    .description("what was deployed where, when, by whom and why, with every rollback")
    .argument("[stage]", "only this stage")
    .addOption(
      new Option(
        "--format <format>",
        "changelog: CHANGELOG.md; markdown: the table of releases with their rollbacks; log: every deployment, Markdown",
      )
        .choices(["table", "json", "changelog", "markdown", "log"])
        .default("table"),
    )
    .action(async (stage: string | undefined, { format }: { format: string }, command: Command) => {
      const session = open(command);
      const app = await session.app();
      // The history of a misspelt stage would be empty, and look true.
      if (stage !== undefined) await stageNamed(session.api(), app, stage);
      const deployments = await allDeployments(session.api(), app, stage === undefined ? {} : { stage });
      const path = apiPath("apps", app, "incidents");
      const { incidents } = await session.api().get<{ incidents: readonly Incident[] }>(path);
      // They come newest first.
      const rollbacks = rollbackTests(deployments, incidents.toReversed());
      if (session.json || format === "json")
        session.io.stdout.write(`${JSON.stringify({ app, deployments, rollbacks }, null, 2)}\n`);
      else if (format === "changelog" || format === "markdown")
        session.io.stdout.write(await writeMarkdown(session, app, format, deployments, rollbacks));
      else if (format === "log") session.io.stdout.write(deploymentLog(deployments, rollbacks));
      else
        session.io.stdout.write(
          deployments.length === 0
            ? `Nothing was deployed ${stage === undefined ? "yet" : `to ${stage} yet`}.\n`
            : historyTable(deployments, rollbacks, session.style),
        );
    });
}

/** Only of the releases that are among the deployments. */
async function writeMarkdown(
  session: Session,
  app: string,
  format: "changelog" | "markdown",
  deployments: readonly Deployment[],
  rollbacks: readonly RollbackTest[],
): Promise<string> {
  const deployed = new Set(deployments.map(({ version }) => version));
  const releases = (await allReleases(session.api(), app)).filter(({ version }) => deployed.has(version));
  const notes = new Map<string, string>();
  for (const { version } of releases) {
    const { manifest } = await session.api().get<ReleaseDetail>(apiPath("apps", app, "releases", version));
    if (manifest.notes !== undefined) notes.set(version, manifest.notes);
  }
  if (format === "changelog") return changelog(app, releases, notes, deployments);
  return releaseHistory(deployments, rollbacks, notes);
}
