import type { Command } from "commander";
import { apiPath } from "../api/api.ts";
import { exitCodes } from "../failure.ts";
import { cell, table } from "../output/table.ts";
import type { OpenSession } from "../session.ts";

interface Drift {
  readonly app: string;
  readonly targets: readonly {
    readonly stage: string;
    readonly target: string;
    readonly state: "agrees" | "differs" | "unknown" | "moving" | "unseen";
    readonly text: string;
  }[];
}

/** `drift`: what is live at the targets, and whether it is what should be; exit code 1 where it is not. */
export function addDrift(program: Command, open: OpenSession, exitWith: (code: number) => void): void {
  program
    .command("drift")
    .description("look at what is live at the targets now; what differs is recorded, and opens an issue")
    .argument("[stage]", "all stages unless one is named")
    .action(async (stage: string | undefined, _: object, command: Command) => {
      const session = open(command);
      const path = apiPath("apps", await session.app(), "drift");
      const { body } = await session.api().send<Drift>("POST", path, stage === undefined ? {} : { stage });
      const { style } = session;
      const paint = {
        agrees: style.green,
        differs: style.red,
        unknown: style.yellow,
        moving: style.dim,
        unseen: style.dim,
      };
      session.print(body, () =>
        body.targets.length === 0
          ? "No stage has a target besides its feed, so nothing can drift.\n"
          : table(
              style,
              ["STAGE", "TARGET", "STATE", "WHAT IS LIVE"],
              body.targets.map((each) => [each.stage, each.target, paint[each.state](each.state), cell(each.text)]),
            ),
      );
      if (body.targets.some(({ state }) => state === "differs")) exitWith(exitCodes.failed);
    });
}
