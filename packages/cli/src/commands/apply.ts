import { parsePipeline } from "@sluice/core/pipeline/parse.ts";
import type { DryRun } from "@sluice/core/views/dry-run/dry-run.ts";
import type { Command } from "commander";
import { apiPath } from "../api/api.ts";
import type { AppliedPipeline } from "../api/shapes.ts";
import { about, exitCodes, Failure } from "../failure.ts";
import type { Style } from "../output/style.ts";
import { cell } from "../output/table.ts";
import { plural } from "../output/text.ts";
import { readTextFile } from "../read-file.ts";
import type { OpenSession } from "../session.ts";
import { dryRunText } from "../views/dry-run-text.ts";
import { powerText } from "../views/power-text.ts";

const fileBytesMax = 4_000_000;

export function addApply(program: Command, open: OpenSession): void {
  program
    .command("apply")
    .description("create an application from its pipeline file, or change its pipeline")
    .requiredOption("-f, --file <file>", "the pipeline file")
    .option("--dry-run", "change nothing, and show what it would do to what is in flight")
    .action(async ({ file, dryRun }: { file: string; dryRun?: boolean }, command: Command) => {
      const session = open(command);
      const text = await readTextFile(session, file, fileBytesMax);
      // Read here first: the server need not be asked to learn that a key is misspelt.
      const read = parsePipeline(text);
      if ("problems" in read)
        throw new Failure(
          exitCodes.usage,
          "PIPELINE_INVALID",
          `${file} has ${plural(read.problems.length, "problem")}. Nothing was applied.`,
          {
            problems: read.problems,
            file,
          },
        );
      const app = session.namedApp ?? read.pipeline.app;
      if (dryRun === true) {
        const path = apiPath("apps", app, "pipeline", "dry-run");
        const { body } = await session
          .api()
          .sendText<DryRun & Pick<AppliedPipeline, "warnings" | "power">>("POST", path, text, "application/yaml")
          .catch(about(file));
        session.print(
          body,
          () =>
            dryRunText(body, session.style) +
            (body.changed ? powerText(body.power ?? [], session.style) : "") +
            warningsText(body.warnings, file, session.style),
        );
        return;
      }
      const { body } = await session
        .api()
        .sendText<AppliedPipeline>("PUT", apiPath("apps", app, "pipeline"), text, "application/yaml")
        .catch(about(file));
      session.print(body, () => {
        const stages = body.stages.join(" → ");
        const done = body.created ? `Created ${app}: ${stages}\n` : `Changed the pipeline of ${app}: ${stages}\n`;
        const text = body.changed
          ? done + powerText(body.power ?? [], session.style)
          : `Nothing changed: ${app} has this pipeline already (${stages}).\n`;
        return text + warningsText(body.warnings, file, session.style);
      });
    });
}

function warningsText(warnings: AppliedPipeline["warnings"], file: string, style: Style): string {
  return (warnings ?? [])
    .map(({ line, column, message }) => `${style.yellow("!")} ${file}:${line}:${column}  ${cell(message)}\n`)
    .join("");
}
