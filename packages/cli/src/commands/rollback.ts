import type { Command } from "commander";
import { apiPath } from "../api/api.ts";
import type { RolledBack } from "../api/shapes.ts";
import type { OpenSession } from "../session.ts";

interface Options {
  readonly to?: string;
  readonly reason: string;
  readonly staged?: true;
}

export function addRollback(program: Command, open: OpenSession): void {
  program
    .command("rollback")
    .description("take a stage back at once: to the last good release, unless told otherwise")
    .argument("<stage>")
    .option("--to <version>", "a release that was fully rolled out there before")
    .requiredOption("--reason <text>", "kept in the log")
    .option("--staged", "send clients that have it back by and by, not all at once")
    .action(async (stage: string, { to, reason, staged }: Options, command: Command) => {
      const session = open(command);
      const path = apiPath("apps", await session.app(), "stages", stage, "rollback");
      const { body } = await session.api().send<RolledBack>("POST", path, {
        reason,
        ...(to === undefined ? {} : { to }),
        ...(staged === true ? { staged } : {}),
      });
      session.print(
        body,
        () =>
          `Rolled back ${stage}: from ${body.from} to ${body.to ?? "nothing, because there is no earlier good release"}.${staged === true ? " Clients that have it are sent back by and by: sluice status." : ""}\n`,
      );
    });
}
