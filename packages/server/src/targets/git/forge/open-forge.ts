import type { PullRequests } from "@sluice/core/targets/git/pull-request-schema.ts";
import type { Secrets } from "../../../analysis/provider.ts";
import { UsedSecrets } from "../../../analysis/secrets.ts";
import type { Clock } from "../../../clock/clock.ts";
import type { Forge } from "./forge.ts";
import { gitea } from "./gitea.ts";
import { github } from "./github.ts";
import { gitlab } from "./gitlab.ts";

/** The forge that the pipeline names. Throws MissingSecret. */
export function openForge(on: PullRequests["on"], clock: Clock, secrets: Secrets, signal: AbortSignal): Forge {
  const kinds = { github, gitlab, gitea };
  for (const kind of ["github", "gitlab", "gitea"] as const) {
    const config = on[kind];
    if (config === undefined) continue;
    const token = new UsedSecrets(secrets).value(config.token);
    return kinds[kind](config.repository, token, { address: config.api, clock, signal });
  }
  throw new Error("a forge of no kind passed the schema");
}
