import type { Command } from "commander";
import { apiPath } from "../api/api.ts";
import type { CreatedHook, HookView } from "../api/shapes.ts";
import { cell, table } from "../output/table.ts";
import { when } from "../output/time.ts";
import type { OpenSession } from "../session.ts";

export function addHook(program: Command, open: OpenSession): void {
  const hook = program.command("hook").description("which repositories may tell of tags and merges");
  hook
    .command("create")
    .description("make a hook; its secret is shown once")
    .command("github")
    .description("let a repository on GitHub tell of its tags and merges")
    .requiredOption("--repository <owner/name>", "as in the address of the repository")
    .action(async ({ repository }: { repository: string }, command: Command) => {
      const session = open(command);
      const path = apiPath("apps", await session.app(), "hooks", "github");
      const { body } = await session.api().send<CreatedHook>("POST", path, { repository });
      const url = `${session.url}${body.path}`;
      session.print({ ...body, url }, () => `${body.secret}\n`);
      session.note(`This is the secret of hook ${body.id}. It is not shown again. On GitHub, in the settings of`);
      session.note(`${cell(repository)}, add a webhook with it:`);
      session.note(`  Payload URL   ${url} (as GitHub reaches this server)`);
      session.note("  Content type  application/json");
      session.note("  Events        pushes (tags and branches)");
    });
  hook
    .command("list")
    .description("list the hooks of an application, without their secrets")
    .action(async (_: object, command: Command) => {
      const session = open(command);
      const path = apiPath("apps", await session.app(), "hooks");
      const { hooks } = await session.api().get<{ hooks: readonly HookView[] }>(path);
      session.print({ hooks }, () =>
        hooks.length === 0
          ? "No repository tells of anything. Make a hook: sluice hook create github --repository OWNER/NAME\n"
          : table(
              session.style,
              ["HOOK", "REPOSITORY", "MADE", "BY"],
              hooks.map((one) => [one.id, cell(one.repository), when(one.createdAt), cell(one.createdBy)]),
            ),
      );
    });
  hook
    .command("remove")
    .description("take no more deliveries that are signed with this hook's secret")
    .argument("<id>")
    .action(async (id: string, _: object, command: Command) => {
      const session = open(command);
      await session.api().send("DELETE", apiPath("apps", await session.app(), "hooks", id));
      session.print({ id, removed: true }, () => `Removed ${cell(id)}.\n`);
    });
}
