import { z } from "zod";
import { oneOf } from "../pipeline/one-of.ts";
import { commandLineSchema } from "./command-line.ts";

const secretName = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]{0,63}$/, "must be the name of a secret, such as REGISTRY_PASSWORD");

const placeSchema = z
  .string()
  .max(500)
  .regex(
    /^(?:localhost|[A-Za-z0-9.-]*[.][A-Za-z0-9.-]+|[A-Za-z0-9.-]+:\d{1,5}|\[[0-9a-fA-F:]+\])(?::\d{1,5})?(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/,
    "must be a registry, with or without the beginning of its repositories, such as registry.example/shop",
  );

const tagSchema = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/, "must be a tag, such as production");

export const registryCredentialsSchema = oneOf(
  {
    password: z
      .strictObject({ user: z.string().min(1).max(200), secret: secretName })
      .describe("A user, and the secret of the server that has the password"),
    command: z
      .strictObject({ user: z.string().min(1).max(200), run: commandLineSchema })
      .describe("A user, and a program in the server's folder for commands that prints the password"),
  },
  "source of credentials",
).describe("Absent: what docker login left on the server");

/** Images, promoted from one registry into another by their digests. */
export const ociTargetSchema = z.strictObject({
  from: placeSchema.describe("Where the release's images are: a registry, or the beginning of its repositories"),
  to: placeSchema.describe("What takes its place in the names of the promoted images"),
  tag: z
    .string()
    .regex(/^[A-Za-z0-9._-]*\{version\}[A-Za-z0-9._-]*$/, "must contain {version}, such as v{version}")
    .max(100)
    .default("{version}")
    .describe("The tag of a promoted image. It is never moved to another digest"),
  "moving-tags": z.array(tagSchema).max(20).default([]).describe("Tags that always stand on what is live, and so move"),
  credentials: z
    .strictObject({ from: registryCredentialsSchema, to: registryCredentialsSchema })
    .partial()
    .default({})
    .describe("Who asks each registry"),
});

export type OciTarget = z.output<typeof ociTargetSchema>;
export type RegistryCredentials = z.output<typeof registryCredentialsSchema>;
