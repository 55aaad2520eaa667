import { z } from "zod";

/** The address of an API that a secret is sent to: encrypted, or on this machine. Slashes at its end are taken off. */
export const apiSchema = z
  .string()
  .max(500)
  .regex(
    /^(?:https:\/\/[A-Za-z0-9[][^\s/@]*|http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?)(?:\/[^\s@?#]*)?$/,
    "must be https://HOST/PATH without a user",
  )
  .transform((address) => address.replace(/\/+$/, ""));
