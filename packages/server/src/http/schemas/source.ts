import { z } from "zod";

/** A file that a request brings. */
export const sourceSchema = z
  .union([z.string(), z.strictObject({ source: z.string() })])
  .describe("The text of the file, as YAML or as the member `source` of a JSON object");
