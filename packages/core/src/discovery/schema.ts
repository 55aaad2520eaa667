import { validRange } from "semver";
import { z } from "zod";
import { isRef, repositorySchema } from "../pipeline/git-names.ts";
import { oneOf } from "../pipeline/one-of.ts";
import { durationValue } from "../pipeline/values.ts";
import { nameSchema } from "../release/manifest.ts";
import { registryCredentialsSchema } from "../targets/oci.ts";

const rangeSchema = z
  .string()
  .min(1)
  .max(200)
  .refine((range) => validRange(range) !== null, 'must be a range of SemVer versions, such as "^1.0.0"')
  .default("*")
  .describe(
    "The versions that are meant, as npm writes ranges; versions before a release such as 1.0.0-rc.1 only where it names one",
  );

const templateSchema = (example: string) =>
  z
    .string()
    .max(100)
    .refine(
      (tag) => tag.split("{version}").length === 2 && isRef(tag.replace("{version}", "1.0.0")),
      `must contain {version} once, such as ${example}`,
    );

const subscriptionSchema = oneOf(
  {
    git: z
      .strictObject({
        repository: repositorySchema.describe("Where the source is"),
        tag: templateSchema("v{version}").default("v{version}").describe("How a version's tag is named"),
        semver: rangeSchema,
        archive: z
          .string()
          .max(500)
          .regex(
            /^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))[^\p{Cc}:\\-][^\p{Cc}:\\]*$/u,
            "must be a path inside the repository",
          )
          .optional()
          .describe("This folder of the tagged commit becomes the component `source`; a single dot: all of it"),
      })
      .describe("Tags of a git repository"),
    image: z
      .strictObject({
        name: nameSchema.describe("The component's name"),
        repository: z
          .string()
          .max(500)
          .regex(/^[A-Za-z0-9.:[\]-]+(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+$/, "must be REGISTRY/REPOSITORY"),
        tag: templateSchema("{version}").default("{version}").describe("How a version's tag is named"),
        semver: rangeSchema,
        credentials: registryCredentialsSchema.optional(),
      })
      .describe("Tags of an image in a registry; the release names its digest"),
  },
  "subscription",
);

/** Where releases come from that nobody publishes. Durations become ms. */
export const discoverSchema = z
  .strictObject({
    every: durationValue
      .refine((ms) => ms >= 1_000 && ms <= 86_400_000, "must be between 1s and 24h")
      .default(300_000)
      .describe("How often the subscriptions are looked at; a push that a hook tells of is looked at at once"),
    subscriptions: z
      .array(subscriptionSchema)
      .min(1)
      .max(20)
      .refine(
        (all) => all.filter(({ git }) => git !== undefined).length <= 1,
        "must not have more than one git repository",
      )
      .refine((all) => all.some(({ git, image }) => image !== undefined || git?.archive !== undefined), {
        error: "must say what a release consists of: images, or git with archive",
      })
      .refine((all) => {
        const names = all.flatMap(({ git, image }) => image?.name ?? (git?.archive === undefined ? [] : ["source"]));
        return new Set(names).size === names.length;
      }, "must not name a component twice"),
  })
  .describe("Releases are published by the server itself, when every subscription has a tag of the version");

export type Discover = z.output<typeof discoverSchema>;
export type GitSubscription = NonNullable<Discover["subscriptions"][number]["git"]>;
export type ImageSubscription = NonNullable<Discover["subscriptions"][number]["image"]>;
