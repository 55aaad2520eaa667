import type { Incident } from "@sluice/core/views/incident/incident.ts";
import { type Command, Option } from "commander";
import { apiPath } from "../api/api.ts";
import { cell, table } from "../output/table.ts";
import { when } from "../output/time.ts";
import type { OpenSession } from "../session.ts";
import { incidentMarkdown } from "../views/incident-markdown.ts";
import { incidentText } from "../views/incident-text.ts";

export function addIncidents(program: Command, open: OpenSession): void {
  program
    .command("incidents")
    .description("list the incidents: every rollback is one")
    .action(async (_: object, command: Command) => {
      const session = open(command);
      const app = await session.app();
      const { incidents } = await session
        .api()
        .get<{ incidents: readonly Incident[] }>(apiPath("apps", app, "incidents"));
      session.print({ app, incidents }, () =>
        incidents.length === 0
          ? `${app} has no incidents: nothing was rolled back.\n`
          : table(
              session.style,
              ["ID", "ROLLED BACK", "STAGE", "FROM", "TO", "STATUS", "WHY"],
              incidents.map(({ id, rolledBackAt, stage, from, to, status, cause, reason }) => [
                id,
                when(rolledBackAt),
                stage,
                from,
                to ?? "nothing",
                status === "open" ? session.style.red(status) : status,
                cell(reason === "" ? cause : reason),
              ]),
            ),
      );
    });
  program
    .command("incident")
    .description("one incident: what happened, whom it reached, what is left to do")
    .argument("<id>", "as `sluice incidents` lists it")
    .addOption(
      new Option("--format <format>", "markdown is the draft of a post-mortem")
        .choices(["text", "markdown", "json"])
        .default("text"),
    )
    .action(async (id: string, { format }: { format: string }, command: Command) => {
      const session = open(command);
      const incident = await session.api().get<Incident>(apiPath("apps", await session.app(), "incidents", id));
      if (session.json || format === "json") session.io.stdout.write(`${JSON.stringify(incident, null, 2)}\n`);
      else
        session.io.stdout.write(
          format === "markdown" ? incidentMarkdown(incident) : incidentText(incident, session.style),
        );
    });
}
