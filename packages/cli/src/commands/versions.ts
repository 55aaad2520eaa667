import type { StatusView } from "@sluice/core/views/status.ts";
import { type Command, Option } from "commander";
import { apiPath } from "../api/api.ts";
import { allDeployments, allReleases } from "../api/pages.ts";
import { cell, table } from "../output/table.ts";
import { when } from "../output/time.ts";
import type { OpenSession } from "../session.ts";
import { markdownTable } from "../views/markdown-table.ts";
import { versionsOf } from "../views/version-tracking.ts";

const heads = ["Stage", "Version", "Status", "Deployed", "By", "Commit"];

export function addVersions(program: Command, open: OpenSession): void {
  program
    .command("versions")
    .description("which version each stage has, since when, from whom, and from which commit")
    .addOption(
      new Option("--format <format>", "markdown: a table for a page")
        .choices(["table", "json", "markdown"])
        .default("table"),
    )
    .action(async ({ format }: { format: string }, command: Command) => {
      const session = open(command);
      const app = await session.app();
      const api = session.api();
      const status = await api.get<StatusView>(apiPath("apps", app, "status"));
      const versions = versionsOf(status, await allDeployments(api, app, {}), await allReleases(api, app));
      const rows = versions.map(({ stage, version, status: state, deployedAt, deployedBy, gitCommit }) => [
        stage,
        version,
        state,
        when(deployedAt),
        deployedBy,
        gitCommit?.slice(0, 12) ?? "",
      ]);
      if (session.json || format === "json")
        session.io.stdout.write(`${JSON.stringify({ app, at: status.at, versions }, null, 2)}\n`);
      else if (format === "markdown") session.io.stdout.write(markdownTable(heads, rows));
      else
        session.io.stdout.write(
          versions.length === 0
            ? "Nothing is deployed yet.\n"
            : table(
                session.style,
                heads.map((head) => head.toUpperCase()),
                rows.map((cells) => cells.map(cell)),
              ),
        );
    });
}
