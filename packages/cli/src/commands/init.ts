import { readFile, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { nearestNames } from "@sluice/core/errors/nearest.ts";
import { nameSchema } from "@sluice/core/release/manifest.ts";
import type { Command } from "commander";
import { exitCodes, Failure, usage } from "../failure.ts";
import type { OpenSession } from "../session.ts";

/** One for each way in which teams release; each is told as a story in docs/templates. */
const templates = ["channels", "gitops", "staging", "fleet", "artifact"];
/** Those that come with a policy. */
const withPolicy = new Set(["fleet"]);
const fileName = "sluice.yaml";
const policyName = "policy.yaml";

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
      const schema = `# yaml-language-server: $schema=${session.url}/api/v1/pipeline.schema.json\n`;
      const pipeline = join(session.io.cwd, fileName);
      const policy = withPolicy.has(template) ? join(session.io.cwd, policyName) : undefined;
      for (const path of [pipeline, ...(policy === undefined ? [] : [policy])]) await refuseExisting(path);
      await writeNew(pipeline, schema + (await templateText(`${template}.yaml`, app)));
      if (policy !== undefined) await writeNew(policy, await templateText(`${template}.policy.yaml`, app));
      session.print({ file: pipeline, ...(policy === undefined ? {} : { policy }), template, app }, () =>
        policy === undefined
          ? `Wrote ${fileName} for ${app}. Read it, then: sluice serve, and sluice apply -f ${fileName}\n`
          : `Wrote ${fileName} and ${policyName} for ${app}. Read them, then: sluice serve, sluice policy apply -f ${policyName}, and sluice apply -f ${fileName}\n`,
      );
    });
}

async function templateText(name: string, app: string): Promise<string> {
  const text = await readFile(new URL(`../templates/${name}`, import.meta.url), "utf8");
  return text.replaceAll("{{app}}", app);
}

/** Refuses to go on where a file is there already, before anything is written. */
async function refuseExisting(path: string): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  if (there !== undefined) throw exists(path);
}

async function writeNew(path: string, text: string): Promise<void> {
  await writeFile(path, text, { flag: "wx" }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "EEXIST") throw exists(path);
    throw new Failure(exitCodes.failed, "FILE_UNUSABLE", `${path} cannot be written: ${cause.message}`, { cause });
  });
}

function exists(path: string): Failure {
  return new Failure(
    exitCodes.conflict,
    "FILE_EXISTS",
    `There is a ${basename(path)} here already; it was not touched.`,
    {
      hint: `Remove it first, or start in another folder: ${path}`,
    },
  );
}
