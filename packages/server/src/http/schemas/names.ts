import { digestSchema, nameSchema, versionSchema } from "@sluice/core/release/manifest.ts";
import { z } from "zod";
import { clientIdPattern } from "../check/ask.ts";

/** What stands in addresses. */
export const appParams = z.object({ app: nameSchema });
export const releaseParams = z.object({ app: nameSchema, version: versionSchema });
export const blobParams = z.object({ sha256: digestSchema });
export const idSchema = z.string().regex(/^[a-z0-9._-]{1,100}$/, "must be an id as the server gave it");

/** Why somebody does something: kept in the log. */
export const reasonSchema = z.string().max(2_000);
export const timeSchema = z.string().describe("RFC 3339, UTC");
export const clientIdSchema = z
  .string()
  .regex(clientIdPattern, "must be 1 to 128 letters, digits, or any of . _ : @ -");

/** How far a staged way back has come. */
export const wayBackSchema = z.object({
  basisPoints: z.number().describe("So many of the clients that have it are sent back by now"),
  next: timeSchema.exactOptional().describe("When it will be more"),
});

/** A number of things asked for in an address. */
export function countQuery(options: { readonly max: number; readonly default: number }) {
  return z.coerce.number<string>().int().min(1).max(options.max).default(options.default);
}
