import type { Command } from "commander";
import { apiPath } from "../api/api.ts";
import type { ReleaseDetail } from "../api/shapes.ts";
import type { OpenSession } from "../session.ts";

export function addWithdraw(program: Command, open: OpenSession): void {
  program
    .command("withdraw")
    .description("block a version everywhere, for good, and roll it back where it is live")
    .argument("<version>")
    .requiredOption("--reason <text>", "kept in the log")
    .action(async (version: string, { reason }: { reason: string }, command: Command) => {
      const session = open(command);
      const path = apiPath("apps", await session.app(), "releases", version, "withdraw");
      const { body } = await session.api().send<ReleaseDetail>("POST", path, { reason });
      session.print(
        body,
        () => `Withdrew ${version}. It is offered to nobody any more; clients that have it are offered the way back.\n`,
      );
    });
}
