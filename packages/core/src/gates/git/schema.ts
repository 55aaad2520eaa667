import { z } from "zod";
import { isRef, repositorySchema } from "../../pipeline/git-names.ts";
import { durationValue } from "../../pipeline/values.ts";

/** The name of a release's tag. */
export function tagOf(pattern: string, version: string): string {
  return pattern.replaceAll("{version}", version);
}

function nameOrFalse(error: string) {
  return z
    .union([z.literal(false), z.string()], error)
    .refine((name) => name === false || isRef(tagOf(name, "1.0.0")), error);
}

export const gitSchema = z
  .strictObject({
    repository: repositorySchema.describe("Where the source is"),
    tag: nameOrFalse('must be the name of a tag, such as "v{version}", or false')
      .default("v{version}")
      .describe("The tag that must exist and point to the release's commit; false: none"),
    signed: z.boolean().default(false).describe("Whether the tag must be signed by a key that the server trusts"),
    branch: nameOrFalse("must be the name of a branch, such as main, or false")
      .default("main")
      .describe("The branch that the release's commit must be on; false: any, or none"),
    "max-age": durationValue
      .refine((ms) => ms >= 60_000, "must be at least 1m")
      .default(3_600_000)
      .describe("How long an answer counts"),
  })
  .refine(({ tag, branch }) => tag !== false || branch !== false, "must ask for a tag or a branch")
  .refine(({ tag, signed }) => tag !== false || !signed, {
    path: ["signed"],
    error: "must not be asked for without a tag",
  })
  .describe("The release's commit has its tag, signed where that is asked for, and is on the main branch");

export type GitConfig = z.output<typeof gitSchema>;

/** What a question of a gate is named in the log: the same for the same question, and never the name of a checklist's item. */
export function gitItem({ repository, tag, signed, branch }: GitConfig): string {
  const asked = [
    ...(tag === false ? [] : [`${signed ? "signed " : ""}tag ${tag}`]),
    ...(branch === false ? [] : [`branch ${branch}`]),
  ];
  return `${asked.join(" and ")} of ${repository}`;
}
