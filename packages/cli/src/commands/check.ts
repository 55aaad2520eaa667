import { Argument, type Command } from "commander";
import { apiPath } from "../api/api.ts";
import { cell } from "../output/table.ts";
import type { OpenSession } from "../session.ts";

interface Options {
  readonly stage?: string;
  readonly evidence?: string;
  readonly comment?: string;
}

export function addCheck(program: Command, open: OpenSession): void {
  program
    .command("check")
    .description("report the result of a check of a release, or tick an item of a stage's checklist")
    .argument("<version>")
    .argument("<name>", "what a gate asks for: a check, or an item of a checklist")
    .addArgument(new Argument("<result>", "how it went").choices(["pass", "fail"]))
    .option("--stage <stage>", "whose checklist is meant, where several have an item of that name")
    .option("--evidence <url>", "where more is to be read")
    .option("--comment <text>", "kept in the log")
    .action(async (version: string, name: string, result: string, options: Options, command: Command) => {
      const session = open(command);
      const path = apiPath("apps", await session.app(), "checks");
      const { body } = await session.api().send<object>("POST", path, { version, name, result, ...options });
      const where = options.stage === undefined ? "" : ` for ${options.stage}`;
      session.print(body, () => `Recorded ${cell(name)} of ${version}${where}: ${result}\n`);
    });
}
