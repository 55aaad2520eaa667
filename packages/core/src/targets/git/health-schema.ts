import { z } from "zod";
import { oneOf } from "../../pipeline/one-of.ts";
import { durationValue } from "../../pipeline/values.ts";
import { apiSchema } from "./api-address.ts";
import { secretName } from "./secret-name.ts";

/** Who is asked whether what the branch says is live and well. Durations become ms. */
export const healthSchema = oneOf(
  {
    argocd: z
      .strictObject({
        server: apiSchema.describe("Where Argo CD is"),
        application: z
          .string()
          .regex(/^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/, "must be the name of an application")
          .describe("The application that watches the branch"),
        token: secretName.describe("The secret of the server that has a token which may get the application"),
        timeout: durationValue
          .refine((ms) => ms >= 1_000 && ms <= 86_400_000, "must be between 1s and 24h")
          .default(900_000)
          .describe("How long after the commit it may take until the application is healthy"),
        "check-every": durationValue
          .refine((ms) => ms >= 1_000 && ms <= 3_600_000, "must be between 1s and 1h")
          .default(10_000)
          .describe("How often Argo CD is asked"),
      })
      .describe("Argo CD, by its API"),
  },
  "system",
).describe("What must have taken over what the branch says, and be healthy, before the release counts as there");

export type Health = z.output<typeof healthSchema>;
