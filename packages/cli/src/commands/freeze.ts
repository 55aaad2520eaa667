import { rfc3339 } from "@sluice/core/time/instant.ts";
import type { Command } from "commander";
import { apiPath } from "../api/api.ts";
import { usage } from "../failure.ts";
import { moment } from "../moment.ts";
import type { OpenSession, Session } from "../session.ts";

interface Options {
  readonly all?: true;
  readonly reason: string;
  readonly until?: string;
}

/** `freeze` and `thaw`: the emergency brake of a stage, or of all. */
export function addFreeze(program: Command, open: OpenSession): void {
  program
    .command("freeze")
    .description("let nothing enter a stage, and raise no exposure in it; what is there stays")
    .argument("[stage]")
    .option("--all", "every stage of the application, also those that it gets while the freeze lasts")
    .requiredOption("--reason <text>", "kept in the log")
    .option("--until <time>", "RFC 3339, or a duration from now such as 12h; without it, until it is thawed")
    .action(async (stage: string | undefined, { all, reason, until }: Options, command: Command) => {
      const what = oneOf(stage, all);
      const session = open(command);
      const end = until === undefined ? undefined : rfc3339(moment("--until", until, "future"));
      const way = { reason, ...(end === undefined ? {} : { until: end }) };
      const { body } = await session.api().send<object>("POST", await pathOf(session, stage, "freeze"), way);
      session.print(
        body,
        () =>
          `Froze ${what}${end === undefined ? "" : ` until ${end}`}. End it with: sluice thaw ${stage ?? "--all"}\n`,
      );
    });

  program
    .command("thaw")
    .description("end a freeze")
    .argument("[stage]")
    .option("--all", "the freeze of the whole application; a stage that was frozen by itself stays so")
    .action(async (stage: string | undefined, { all }: Pick<Options, "all">, command: Command) => {
      const what = oneOf(stage, all);
      const session = open(command);
      const { body } = await session.api().send<object>("POST", await pathOf(session, stage, "thaw"));
      session.print(body, () => `Thawed ${what}.\n`);
    });
}

/** What is meant, in words; a usage error unless it is a stage or all. */
function oneOf(stage: string | undefined, all: true | undefined): string {
  if ((stage === undefined) === (all === undefined)) throw usage("Name either a stage, or --all for every stage.");
  return stage ?? "every stage";
}

async function pathOf(session: Session, stage: string | undefined, verb: string): Promise<string> {
  const app = await session.app();
  return stage === undefined ? apiPath("apps", app, verb) : apiPath("apps", app, "stages", stage, verb);
}
