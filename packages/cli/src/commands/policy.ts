import type { Command } from "commander";
import { apiPath } from "../api/api.ts";
import type { AppliedPolicy, PolicyView } from "../api/shapes.ts";
import { about } from "../failure.ts";
import { table } from "../output/table.ts";
import { plural } from "../output/text.ts";
import { when } from "../output/time.ts";
import { readTextFile } from "../read-file.ts";
import type { OpenSession } from "../session.ts";

const fileBytesMax = 1_000_000;

export function addPolicy(program: Command, open: OpenSession): void {
  const policy = program.command("policy").description("what every pipeline has to meet, whoever edits it");

  policy
    .command("apply")
    .description("put a policy into force, or change it; an admin may")
    .requiredOption("-f, --file <file>", "the policy file, YAML or JSON")
    .action(async ({ file }: { file: string }, command: Command) => {
      const session = open(command);
      const text = await readTextFile(session, file, fileBytesMax);
      const { body } = await session
        .api()
        .sendText<AppliedPolicy>("PUT", apiPath("policies"), text, "application/yaml")
        .catch(about(file));
      session.print(body, () => appliedText(body));
    });

  policy
    .command("list")
    .description("the policies in force")
    .action(async (_, command: Command) => {
      const session = open(command);
      const { policies } = await session.api().get<{ policies: readonly PolicyView[] }>(apiPath("policies"));
      session.print({ policies }, () =>
        policies.length === 0
          ? "No policy is in force. An admin applies one: sluice policy apply -f FILE\n"
          : table(
              session.style,
              ["NAME", "APPLICATIONS", "SINCE", "BY"],
              policies.map(({ name, apps, appliedAt, appliedBy }) => [
                name,
                apps.join(", "),
                when(appliedAt),
                appliedBy,
              ]),
            ),
      );
    });

  policy
    .command("show")
    .description("a policy as its file says it")
    .argument("<name>")
    .action(async (name: string, _, command: Command) => {
      const session = open(command);
      const body = await session.api().get<PolicyView>(apiPath("policies", name));
      session.print(body, () => `${body.source.trimEnd()}\n`);
    });

  policy
    .command("remove")
    .description("take a policy out of force; an admin may")
    .argument("<name>")
    .requiredOption("--reason <text>", "kept in the log")
    .action(async (name: string, { reason }: { reason: string }, command: Command) => {
      const session = open(command);
      const { body } = await session.api().send("POST", apiPath("policies", name, "remove"), { reason });
      session.print(body, () => `Removed policy ${name}. Pipelines are held to what they say themselves.\n`);
    });
}

function appliedText({ name, changed, applications }: AppliedPolicy): string {
  const head = changed ? `Applied policy ${name}` : `Nothing changed: policy ${name} is in force already`;
  const lines = applications.flatMap(({ app, contradictions }) =>
    contradictions.map((message) => `  ${app}: ${message}\n`),
  );
  const stuck = lines.length === 0 ? "" : "No release can get past this any more, until the pipeline changes:\n";
  return `${head}. It applies to ${plural(applications.length, "application")} now, and to those to come.\n${stuck}${lines.join("")}`;
}
