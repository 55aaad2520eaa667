import { z } from "zod";
import { nameSchema } from "../release/manifest.ts";

/** What people can be told of. */
export const topics = [
  "overrides",
  "rollbacks",
  "withdrawals",
  "freezes",
  "approvals",
  "troubles",
  "completions",
] as const;

export type Topic = (typeof topics)[number];

/** Whom an application's news goes to. The address is a secret of the server, so that it stands in no pipeline and no log. */
export const notificationsSchema = z
  .array(
    z.strictObject({
      name: nameSchema.describe("Who is told, as incidents name them"),
      kind: z.enum(["slack", "teams", "mail", "webhook"]).describe("How the address wants to be told"),
      address: z
        .string()
        .regex(/^[A-Z][A-Z0-9_]{0,63}$/, "must be the name of a secret: SLACK_RELEASES is SLUICE_SECRET_SLACK_RELEASES")
        .describe("The secret of the server that is the address to tell"),
      about: z
        .array(z.enum(topics))
        .min(1)
        .default(["overrides", "rollbacks", "withdrawals", "freezes", "approvals", "troubles"])
        .describe("What they are told of"),
      stages: z.array(z.string()).min(1).optional().describe("Of which stages; absent: of all"),
    }),
  )
  .max(20)
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, "has two of one name");

/** Somebody who is told. */
export type Recipient = z.infer<typeof notificationsSchema>[number];
