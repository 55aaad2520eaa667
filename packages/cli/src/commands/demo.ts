import type { Command } from "commander";
import { exitCodes } from "../failure.ts";
import type { OpenSession } from "../session.ts";

export function addDemo(program: Command, open: OpenSession, exitWith: (code: number) => void): void {
  program
    .command("demo")
    .description(
      "the whole story on this machine: a fleet, a good release that gets through, a bad one that comes back",
    )
    .option("--keep", "keep what it made, and say where")
    .action(async ({ keep = false }: { keep?: boolean }, command: Command) => {
      const session = open(command);
      const { runDemo } = await import("../demo/demo.ts");
      const result = await runDemo({ io: session.io, out: session.json ? session.io.stderr : session.io.stdout, keep });
      if (session.json) session.print(result, () => "");
      if (!result.ok) exitWith(exitCodes.failed);
    });
}
