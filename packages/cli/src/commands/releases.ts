import type { Command } from "commander";
import { allReleases } from "../api/pages.ts";
import { cell, table } from "../output/table.ts";
import { shortDigest } from "../output/text.ts";
import { when } from "../output/time.ts";
import type { OpenSession } from "../session.ts";
import { paint } from "../views/history-text.ts";

export function addReleases(program: Command, open: OpenSession): void {
  program
    .command("releases")
    .description("list what was published, newest first, and how far each release has come")
    .action(async (_: object, command: Command) => {
      const session = open(command);
      const { style } = session;
      const app = await session.app();
      const releases = await allReleases(session.api(), app);
      session.print({ app, releases }, () => {
        if (releases.length === 0) return `${app} has no release yet: sluice publish VERSION --component NAME=PATH\n`;
        const stages = [...new Set(releases.flatMap((release) => Object.keys(release.stages)))];
        return table(
          style,
          ["VERSION", "PUBLISHED", "BY", ...stages.map((stage) => stage.toUpperCase()), "DIGEST"],
          releases.map(({ version, publishedAt, publishedBy, withdrawn, stages: standing, digest }) => [
            withdrawn === undefined ? version : style.red(`${version} (withdrawn)`),
            when(publishedAt),
            cell(publishedBy),
            ...stages.map((stage) => paint(standing[stage] ?? "", style)),
            shortDigest(digest),
          ]),
        );
      });
    });
}
