import type { StatusView } from "@sluice/core/views/status.ts";
import type { Explanation } from "@sluice/core/views/why.ts";
import type { Command } from "commander";
import { apiPath } from "../api/api.ts";
import type { OpenSession } from "../session.ts";
import { explanationText } from "../views/explanation-text.ts";

export function addWhy(program: Command, open: OpenSession): void {
  program
    .command("why")
    .description("every gate of a stage for a release: its verdict, what it rests on, and when it can open")
    .argument("<version>")
    .argument("[stage]", "only this stage; all of them otherwise")
    .action(async (version: string, stage: string | undefined, _: object, command: Command) => {
      const session = open(command);
      const app = await session.app();
      const api = session.api();
      const why = (name: string) => api.get<Explanation>(apiPath("apps", app, "why", version, name));
      if (stage !== undefined) {
        const explanation = await why(stage);
        session.print(explanation, () => explanationText(explanation, session.style));
        return;
      }
      const { stages } = await api.get<StatusView>(apiPath("apps", app, "status"));
      const explanations = await Promise.all(stages.map(({ name }) => why(name)));
      session.print({ app, version, explanations }, () =>
        explanations.map((one) => explanationText(one, session.style)).join("\n"),
      );
    });
}
