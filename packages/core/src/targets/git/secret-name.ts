import { z } from "zod";

/** The name of a secret of the server: its variable `SLUICE_SECRET_NAME`. */
export const secretName = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]{0,63}$/, "must be the name of a secret, such as FORGE_TOKEN");
