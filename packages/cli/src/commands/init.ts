import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { nearestNames } from "@sluice/core/errors/nearest.ts";
import { nameSchema } from "@sluice/core/release/manifest.ts";
import type { Command } from "commander";
import { exitCodes, Failure, usage } from "../failure.ts";
import type { OpenSession } from "../session.ts";

/** One for each way in which teams release; each is told as a story in docs/templates. */
const templates = ["channels", "gitops", "staging", "fleet", "artifact"];
const fileName = "sluice.yaml";

export function addInit(program: Command, open: OpenSession): void {
  program
    .command("init")
    .description("write a commented sluice.yaml to begin with")
    .option("--template <name>", `what it describes: ${templates.join(", ")}`, "channels")
    .action(async ({ template }: { template: string }, command: Command) => {
      const session = open(command);
      const app = session.namedApp ?? "myapp";
      const { error } = nameSchema.safeParse(app);
      if (error !== undefined) throw usage(`"${app}" cannot be an application's name: it ${error.issues[0]?.message}.`);
      if (!templates.includes(template))
        throw usage(`There is no template "${template}". The templates are: ${templates.join(", ")}.`, {
          nearest: nearestNames(template, templates),
        });
      const text = await readFile(new URL(`../templates/${template}.yaml`, import.meta.url), "utf8");
      const path = join(session.io.cwd, fileName);
      const schema = `# yaml-language-server: $schema=${session.url}/api/v1/pipeline.schema.json\n`;
      await writeFile(path, schema + text.replaceAll("{{app}}", app), { flag: "wx" }).catch(
        (cause: NodeJS.ErrnoException) => {
          if (cause.code !== "EEXIST")
            throw new Failure(exitCodes.failed, "FILE_UNUSABLE", `${path} cannot be written: ${cause.message}`, {
              cause,
            });
          throw new Failure(
            exitCodes.conflict,
            "FILE_EXISTS",
            `There is a ${fileName} here already; it was not touched.`,
            {
              hint: `Remove it first, or start in another folder: ${path}`,
            },
          );
        },
      );
      session.print(
        { file: path, template, app },
        () => `Wrote ${fileName} for ${app}. Read it, then: sluice serve, and sluice apply -f ${fileName}\n`,
      );
    });
}
