import { z } from "zod";
import { durationValue } from "../pipeline/values.ts";
import { commandLineSchema, isInside, word } from "./command-line.ts";

const variablePattern = /^(?!SLUICE_)[A-Za-z_][A-Za-z0-9_]{0,63}$/;

/** Commands of the team that bring a release into a stage. Durations become ms. */
export const commandTargetSchema = z
  .strictObject({
    deploy: commandLineSchema.describe("Brings the release in. Run again, it changes nothing"),
    plan: commandLineSchema.optional().describe("Says what deploying would change, and changes nothing"),
    verify: commandLineSchema.optional().describe("Says whether what is live is the release that was asked for"),
    rollback: commandLineSchema
      .optional()
      .describe("Brings the stage back to an older release; absent: deploy is run with the older one"),
    folder: z
      .string()
      .max(500)
      .refine(isInside, "must be a path inside the server's folder for commands")
      .default(".")
      .describe("Where the commands run, in the server's folder for commands"),
    env: z
      .record(z.string().regex(variablePattern, "must be a variable's name, not one of Sluice's own"), word)
      .refine((env) => Object.keys(env).length <= 50, "must not name more than 50 variables")
      .default({})
      .describe("Variables of their environment"),
    secrets: z
      .array(z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/, "must be the name of a secret, such as API_TOKEN"))
      .max(20)
      .default([])
      .describe("Secrets of the server that they find in their environment; their output is kept without them"),
    timeout: durationValue
      .refine((ms) => ms >= 1 && ms <= 86_400_000, "must be between 1ms and 24h")
      .default(1_800_000)
      .describe("When a command is ended, together with everything that it started"),
    "exit-codes": z
      .strictObject({
        retry: z.array(z.int().min(1).max(255)).max(20).default([75]),
        changes: z.array(z.int().min(1).max(255)).max(20).default([2]),
      })
      .default({ retry: [75], changes: [2] })
      .describe("Codes that ask for another try later; codes of plan that mean that something would change"),
  })
  .refine(({ env, secrets }) => secrets.every((name) => !Object.hasOwn(env, name)), {
    path: ["secrets"],
    error: "must not name what env sets",
  });

export type CommandTarget = z.output<typeof commandTargetSchema>;
