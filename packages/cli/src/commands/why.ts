import type { ClientExplanation } from "@sluice/core/views/client/explain-client.ts";
import type { StatusView } from "@sluice/core/views/status.ts";
import type { Explanation } from "@sluice/core/views/why.ts";
import type { Command } from "commander";
import { apiPath } from "../api/api.ts";
import { usage } from "../failure.ts";
import type { OpenSession } from "../session.ts";
import { clientText } from "../views/client-text.ts";
import { explanationText } from "../views/explanation-text.ts";

interface WhyOptions {
  readonly client?: string;
  readonly current?: string;
  readonly platform?: string;
  readonly attribute?: readonly string[];
}

export function addWhy(program: Command, open: OpenSession): void {
  program
    .command("why")
    .description("every gate of a stage for a release: its verdict, what it rests on, and when it can open")
    .argument("<version>")
    .argument("[stage]", "only this stage; all of them otherwise")
    .option("--client <id>", "why this client did, or did not, get the release in the stage")
    .option("--current <version>", "what the client has installed; without it, what its reports say")
    .option("--platform <os-arch>", "the client's platform, such as linux-x64")
    .option("--attribute <name=value...>", "what the client says of its surroundings; any number of times")
    .action(async (version: string, stage: string | undefined, options: WhyOptions, command: Command) => {
      const session = open(command);
      const app = await session.app();
      const api = session.api();
      const query = clientQuery(options, stage);
      if (query !== undefined && stage !== undefined && options.client !== undefined) {
        const path = apiPath("apps", app, "why", version, stage, "clients", options.client);
        const explanation = await api.get<ClientExplanation>(`${path}${query}`);
        session.print(explanation, () => clientText(explanation, session.style));
        return;
      }
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

/** What is said of the client, for the address; undefined where no client is asked about. */
function clientQuery(
  { client, current, platform, attribute = [] }: WhyOptions,
  stage: string | undefined,
): string | undefined {
  const told = current !== undefined || platform !== undefined || attribute.length > 0;
  if (client === undefined && !told) return undefined;
  if (client === undefined || stage === undefined)
    throw usage("A client is asked about in one stage: sluice why VERSION STAGE --client ID");
  const query = new URLSearchParams(attribute.map((pair) => ["attribute", pair]));
  if (current !== undefined) query.set("current", current);
  if (platform !== undefined) query.set("platform", platform);
  return query.size === 0 ? "" : `?${query}`;
}
