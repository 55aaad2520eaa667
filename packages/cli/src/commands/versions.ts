import type { StatusView } from "@sluice/core/views/status.ts";
import type { Command } from "commander";
import { apiPath } from "../api/api.ts";
import { allDeployments, allReleases } from "../api/pages.ts";
import { cell, table } from "../output/table.ts";
import { when } from "../output/time.ts";
import type { OpenSession } from "../session.ts";
import { versionsOf } from "../views/version-tracking.ts";

export function addVersions(program: Command, open: OpenSession): void {
  program
    .command("versions")
    .description("which version each stage has, since when, from whom, and from which commit")
    .action(async (_: object, command: Command) => {
      const session = open(command);
      const app = await session.app();
      const api = session.api();
      const status = await api.get<StatusView>(apiPath("apps", app, "status"));
      const versions = versionsOf(status, await allDeployments(api, app, {}), await allReleases(api, app));
      session.print({ app, at: status.at, versions }, () =>
        versions.length === 0
          ? "Nothing is deployed yet.\n"
          : table(
              session.style,
              ["STAGE", "VERSION", "STATUS", "DEPLOYED", "BY", "COMMIT"],
              versions.map(({ stage, version, status: state, deployedAt, deployedBy, gitCommit }) => [
                stage,
                version,
                state,
                when(deployedAt),
                cell(deployedBy),
                gitCommit?.slice(0, 12) ?? "",
              ]),
            ),
      );
    });
}
