import { z } from "zod";

/** Names of tokens and of groups of them: whom the log and approval gates speak of. Also mail addresses, which many name people by. */
export const personSchema = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._@-]{0,62}$/,
    "must be 1 to 63 lower-case letters, digits, dots, dashes, underscores or @, and begin with a letter or digit",
  )
  .refine((name) => !name.includes(".."), "must not contain two dots in a row");
