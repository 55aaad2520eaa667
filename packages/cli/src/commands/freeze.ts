import { rfc3339 } from "@sluice/core/time/instant.ts";
import type { Command } from "commander";
import { apiPath } from "../api/api.ts";
import { moment } from "../moment.ts";
import type { OpenSession } from "../session.ts";

interface Frozen {
  readonly stage: string;
  readonly frozen: boolean;
}

/** `freeze` and `thaw`: the emergency brake of a stage. */
export function addFreeze(program: Command, open: OpenSession): void {
  program
    .command("freeze")
    .description("let nothing enter a stage, and raise no exposure in it; what is there stays")
    .argument("<stage>")
    .requiredOption("--reason <text>", "kept in the log")
    .option("--until <time>", "RFC 3339, or a duration from now such as 12h; without it, until it is thawed")
    .action(async (stage: string, { reason, until }: { reason: string; until?: string }, command: Command) => {
      const session = open(command);
      const end = until === undefined ? undefined : rfc3339(moment("--until", until, "future"));
      const path = apiPath("apps", await session.app(), "stages", stage, "freeze");
      const { body } = await session
        .api()
        .send<Frozen>("POST", path, { reason, ...(end === undefined ? {} : { until: end }) });
      session.print(
        body,
        () => `Froze ${stage}${end === undefined ? "" : ` until ${end}`}. End it with: sluice thaw ${stage}\n`,
      );
    });

  program
    .command("thaw")
    .description("end a freeze")
    .argument("<stage>")
    .action(async (stage: string, _options: object, command: Command) => {
      const session = open(command);
      const path = apiPath("apps", await session.app(), "stages", stage, "thaw");
      const { body } = await session.api().send<Frozen>("POST", path);
      session.print(body, () => `Thawed ${stage}.\n`);
    });
}
