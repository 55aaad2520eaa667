import type { Command } from "commander";
import { apiPath } from "../api/api.ts";
import type { IssueView } from "../api/shapes.ts";
import { cell, table } from "../output/table.ts";
import { when } from "../output/time.ts";
import type { OpenSession } from "../session.ts";

export function addIssues(program: Command, open: OpenSession): void {
  program
    .command("issues")
    .description("list the open issues")
    .option("--all", "also those that were resolved")
    .action(async ({ all = false }: { all?: boolean }, command: Command) => {
      const session = open(command);
      const app = await session.app();
      const { issues } = await session
        .api()
        .get<{ issues: readonly IssueView[] }>(apiPath("apps", app, "issues"), all ? {} : { open: "true" });
      session.print({ app, issues }, () =>
        issues.length === 0
          ? `${app} has no ${all ? "" : "open "}issues.\n`
          : table(
              session.style,
              ["ID", "SEVERITY", "VERSION", "OPENED", "BY", "TITLE", ...(all ? ["RESOLVED"] : [])],
              issues.map(({ id, severity, version, openedAt, openedBy, title, resolved }) => [
                id,
                severity === "critical" ? session.style.red(severity) : severity,
                version,
                when(openedAt),
                cell(openedBy),
                cell(title),
                ...(all ? [resolved === undefined ? "" : `${when(resolved.at)} by ${cell(resolved.by)}`] : []),
              ]),
            ),
      );
    });
}
