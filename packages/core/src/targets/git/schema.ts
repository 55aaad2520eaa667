import { z } from "zod";
import { isRef, reachableRepositorySchema } from "../../pipeline/git-names.ts";
import { oneOf } from "../../pipeline/one-of.ts";
import { durationValue } from "../../pipeline/values.ts";
import { isInside } from "../command-line.ts";
import { isTemplate } from "./fill.ts";
import { healthSchema } from "./health-schema.ts";
import { pullRequestSchema } from "./pull-request-schema.ts";
import { secretName } from "./secret-name.ts";
import { parsePath } from "./value-path.ts";

const filePath = z
  .string()
  .min(1)
  .max(500)
  .regex(/^[^\p{Cc}\\"]+$/u, "must not contain control characters, quotes or backslashes")
  .refine(
    (path) =>
      isInside(path) && path.split("/").every((part) => part !== "" && part !== "." && part.toLowerCase() !== ".git"),
    "must be a file's path inside the repository, such as envs/prod/values.yaml",
  );

const template = z
  .string()
  .min(1)
  .max(500)
  .regex(/^[^\p{Cc}]*$/u, "must be one line")
  .refine(isTemplate, "knows only {version}, {commit}, {digest} and {digest:COMPONENT}");

const valuePath = z
  .string()
  .max(500)
  .refine((path) => parsePath(path) !== undefined, "must be a path such as image.tag or images[name=web].tag");

const valuesByPath = z
  .record(valuePath, template)
  .refine((values) => Object.keys(values).length >= 1 && Object.keys(values).length <= 50, "must set 1 to 50 values");

const valuesByImage = z
  .record(
    z
      .string()
      .min(1)
      .max(500)
      .regex(/^[^\s\p{Cc}[\]=]+$/u, "must be the name of an image"),
    template,
  )
  .refine((values) => Object.keys(values).length >= 1 && Object.keys(values).length <= 50, "must set 1 to 50 images");

const fileSchema = oneOf(
  {
    yaml: z
      .strictObject({ path: filePath, set: valuesByPath })
      .describe("Values of a YAML file, by their paths; everything else stays as it is, comments too"),
    json: z.strictObject({ path: filePath, set: valuesByPath }).describe("Values of a JSON file, by their paths"),
    kustomize: z
      .strictObject({ path: filePath, images: valuesByImage })
      .describe("Images of a kustomization.yaml: TAG, sha256:…, or TAG@sha256:…"),
    helm: z
      .strictObject({ path: filePath, images: valuesByPath })
      .describe("Images of a chart's values, by the path above their tag and digest: TAG, sha256:…, or TAG@sha256:…"),
    text: z
      .strictObject({
        path: filePath,
        find: z
          .string()
          .max(500)
          .regex(
            /^[^*\p{Cc}]*[^*\s\p{Cc}][^*\p{Cc}]*\*[^*\p{Cc}]*$|^\*[^*\p{Cc}]+$/u,
            'must be one line with one star, such as "version = *"',
          )
          .optional()
          .describe("What stands around the value, with a star in its place; absent: the value is the whole file"),
        set: template,
      })
      .describe("A value in a text file"),
  },
  "kind of file",
);

const refTemplate = z
  .string()
  .max(200)
  .refine(
    (name) => isTemplate(name) && isRef(name.replace(/\{[^}]*\}/g, "1.0.0")),
    "must be the name of a tag, such as v{version}",
  )
  .refine((name) => name.includes("{version}"), "must contain {version}");

const personSchema = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(200)
    .regex(/^[^<>\p{Cc}]+$/u, "must be a name"),
  email: z
    .string()
    .min(1)
    .max(200)
    .regex(/^[^<>\s\p{Cc}]+$/u, "must be an address"),
});

const credentialsSchema = oneOf(
  {
    password: z
      .strictObject({
        user: z
          .string()
          .min(1)
          .max(200)
          .regex(/^[^:\p{Cc}]+$/u, "must not contain a colon"),
        secret: secretName,
      })
      .describe("A user of an https address, and the secret of the server that has the password or token"),
    "ssh-key": z
      .strictObject({ secret: secretName })
      .describe("The secret of the server that has a private key, for ssh"),
  },
  "kind of credentials",
);

const signSchema = oneOf(
  {
    ssh: z.strictObject({ secret: secretName }).describe("The secret that has a private SSH key without a passphrase"),
    openpgp: z
      .strictObject({ secret: secretName })
      .describe("The secret that has an armored private OpenPGP key without a passphrase"),
  },
  "kind of key",
);

/** Files of an environment's repository that say which release is there. Durations become ms. */
export const gitTargetSchema = z
  .strictObject({
    repository: reachableRepositorySchema.describe("The environment's repository"),
    branch: z
      .string()
      .refine(isRef, "must be the name of a branch")
      .default("main")
      .describe("The branch that says what is there"),
    files: z.array(fileSchema).min(1).max(20).describe("What says which release is there"),
    tag: refTemplate.optional().describe("An annotated tag, set where the release came in; it is never moved"),
    subject: z
      .string()
      .min(1)
      .max(100)
      .regex(/^[^\p{Cc}]+$/u, "must be one line")
      .refine(
        (text) => !/[{}]/.test(text.replace(/\{(?:app|version|stage)\}/g, "")),
        "knows only {app}, {version} and {stage}",
      )
      .default("Deploy {app} {version} to {stage}")
      .describe("The first line of the commit"),
    author: personSchema.default({ name: "Sluice", email: "sluice@localhost" }).describe("Who the commits are by"),
    credentials: credentialsSchema.optional().describe("Who pushes; absent: the server's own SSH keys, or nobody"),
    sign: signSchema.optional().describe("What commits and tags are signed with"),
    "pull-request": pullRequestSchema.optional(),
    health: healthSchema.optional(),
    timeout: durationValue
      .refine((ms) => ms >= 1_000 && ms <= 3_600_000, "must be between 1s and 1h")
      .default(120_000)
      .describe("When git is ended, together with everything that it started"),
  })
  .refine(({ repository, credentials }) => credentials?.password === undefined || /^https?:/.test(repository), {
    path: ["credentials"],
    error: "with a password are for an https repository",
  })
  .refine(
    ({ repository, credentials }) => credentials?.["ssh-key"] === undefined || /^ssh:|^[^/:]+@/.test(repository),
    {
      path: ["credentials"],
      error: "with an SSH key are for a repository that is reached by ssh",
    },
  );

export type GitTarget = z.output<typeof gitTargetSchema>;
export type GitFile = GitTarget["files"][number];
