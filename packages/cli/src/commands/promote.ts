import type { Command } from "commander";
import { apiPath } from "../api/api.ts";
import type { PromotionAnswer } from "../api/shapes.ts";
import { usage } from "../failure.ts";
import type { OpenSession } from "../session.ts";
import { explanationText } from "../views/explanation-text.ts";

export function addPromote(program: Command, open: OpenSession): void {
  program
    .command("promote")
    .description("ask by hand that a release enter a stage; its gates still have to open")
    .argument("<version>")
    .argument("<stage>")
    .option("--override", "pass over the gates; needs --reason, and is loud in the log")
    .option("--reason <text>", "why the gates are passed over")
    .action(
      async (version: string, stage: string, options: { override?: boolean; reason?: string }, command: Command) => {
        const { override = false, reason } = options;
        if (override && (reason ?? "").trim() === "")
          throw usage("An override needs a reason, which is kept in the log: --override --reason TEXT");
        if (!override && reason !== undefined)
          throw usage("--reason says why gates are passed over: it belongs to --override.");
        const session = open(command);
        const path = apiPath("apps", await session.app(), "promotions");
        const { body, status } = await session
          .api()
          .send<PromotionAnswer>("POST", path, { version, stage, ...(override ? { override: reason } : {}) });
        session.print(
          body,
          () =>
            `${status === 201 ? "Asked for" : "Already asked for"}: ${body.promotion}\n${explanationText(body, session.style)}`,
        );
      },
    );
}
