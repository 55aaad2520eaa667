import type { StatusView } from "@sluice/core/views/status.ts";
import type { Command } from "commander";
import { apiPath } from "../api/api.ts";
import { usage } from "../failure.ts";
import type { OpenSession } from "../session.ts";
import { statusLines } from "../views/status-lines.ts";
import { watchStatus } from "../views/watch-status.ts";

export function addStatus(program: Command, open: OpenSession): void {
  program
    .command("status")
    .description("every stage: what is live, what is on its way, what it waits for and until when")
    .option("--watch", "go on showing it as it changes, until interrupted")
    .action(async ({ watch = false }: { watch?: boolean }, command: Command) => {
      const session = open(command);
      if (watch && session.json)
        throw usage(
          "--watch and --json do not go together: with --json there is one answer. Ask again, or read the events.",
        );
      const app = await session.app();
      if (watch) return await watchStatus(session, app);
      const status = await session.api().get<StatusView>(apiPath("apps", app, "status"));
      session.print(status, () => `${statusLines(status, session.style).join("\n")}\n`);
    });
}
