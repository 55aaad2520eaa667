import { z } from "zod";
import { oneOf } from "../../pipeline/one-of.ts";
import { durationValue } from "../../pipeline/values.ts";
import { apiSchema } from "./api-address.ts";
import { secretName } from "./secret-name.ts";

const pathSchema = z
  .string()
  .max(300)
  .regex(/^[\w.-]+(?:\/[\w.-]+)+$/, "must be OWNER/NAME");

const forge = (api: string | undefined) =>
  z.strictObject({
    repository: pathSchema.describe("The repository on the forge: OWNER/NAME"),
    token: secretName.describe("The secret of the server that has a token which may open pull requests"),
    api: (api === undefined ? apiSchema : apiSchema.default(api)).describe("Where its API is"),
  });

/** Where pull requests are opened, and what for. Durations become ms. */
export const pullRequestSchema = z
  .strictObject({
    on: oneOf(
      {
        github: forge("https://api.github.com").describe("GitHub"),
        gitlab: forge("https://gitlab.com/api/v4").describe("GitLab, which calls them merge requests"),
        gitea: forge(undefined).describe("Gitea or Forgejo: its address and /api/v1"),
      },
      "forge",
    ).describe("The forge"),
    rollback: z
      .enum(["pull-request", "direct"])
      .default("pull-request")
      .describe("Whether the way back waits for a merge as well, or is pushed to the branch at once"),
    "check-every": durationValue
      .refine((ms) => ms >= 1_000 && ms <= 3_600_000, "must be between 1s and 1h")
      .default(20_000)
      .describe("How often the forge is asked whether it was merged"),
  })
  .describe("Releases come in by pull requests, whose merge is the approval");

export type PullRequests = z.output<typeof pullRequestSchema>;
