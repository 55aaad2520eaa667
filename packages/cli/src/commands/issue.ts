import { severities } from "@sluice/core/pipeline/values.ts";
import { type Command, Option } from "commander";
import { apiPath } from "../api/api.ts";
import type { IssueView } from "../api/shapes.ts";
import { cell } from "../output/table.ts";
import type { OpenSession } from "../session.ts";

export function addIssue(program: Command, open: OpenSession): void {
  const issue = program.command("issue").description("report a problem with a release, or resolve it");
  issue
    .command("open")
    .description("report a problem with a release; it closes the no-issues gates and may take the release back")
    .argument("<version>")
    .requiredOption("--title <text>", "what is wrong, in a line")
    .addOption(new Option("--severity <severity>", "how bad it is").choices(severities).default("warning"))
    .action(async (version: string, { title, severity }: { title: string; severity: string }, command: Command) => {
      const session = open(command);
      const { body } = await session
        .api()
        .send<IssueView>("POST", apiPath("apps", await session.app(), "issues"), { version, title, severity });
      session.print(body, () => `Opened ${body.id} against ${body.version} (${body.severity}): ${cell(body.title)}\n`);
    });
  issue
    .command("resolve")
    .description("say that a problem is solved or was none")
    .argument("<id>")
    .option("--comment <text>", "kept in the log")
    .action(async (id: string, { comment }: { comment?: string }, command: Command) => {
      const session = open(command);
      const path = apiPath("apps", await session.app(), "issues", id, "resolve");
      const { body } = await session.api().send<IssueView>("POST", path, comment === undefined ? {} : { comment });
      session.print(body, () => `Resolved ${id}.\n`);
    });
}
