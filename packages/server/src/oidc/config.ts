import { readFile } from "node:fs/promises";
import { OperationalError } from "@sluice/core/errors/operational-error.ts";
import { durationValue } from "@sluice/core/pipeline/values.ts";
import { nameSchema } from "@sluice/core/release/manifest.ts";
import { parseDocument } from "yaml";
import { z } from "zod";

/** Largest file of rules, in bytes. */
const fileBytesMax = 256_000;

/** What a machine may be: nobody approves by a pipeline, and nobody administers. */
const machineRoles = ["viewer", "publisher", "operator"] as const;

const ruleSchema = z
  .strictObject({
    when: z
      .record(z.string().min(1).max(100), z.string().min(1).max(500))
      .refine((claims) => Object.keys(claims).length > 0, "must name at least one claim")
      .describe("Claims that the identity must have; * stands for any characters"),
    role: z.enum(machineRoles),
    apps: z.array(nameSchema).min(1).max(100).describe("The applications that it is for"),
    stages: z.array(nameSchema).min(1).max(100).optional().describe("Absent: all of their stages"),
    expires: durationValue
      .refine((ms) => ms >= 60_000 && ms <= 3_600_000, "must be between 1m and 1h")
      .default(900_000)
      .describe("How long the token lives that it is exchanged for"),
  })
  .describe("Who gets what");

const issuerSchema = z.strictObject({
  issuer: z
    .url({ protocol: /^https?$/, error: "must be an address, such as https://token.actions.githubusercontent.com" })
    .refine((url) => url.startsWith("https://") || isLoopback(new URL(url).hostname), "must be https"),
  audience: z.string().min(1).max(300).describe("For whom identities must be: this server's address"),
  rules: z.array(ruleSchema).min(1).max(200).describe("The first that fits decides"),
});

/** Whose identity tokens a server takes, and what they are worth. Durations come out in ms. */
const oidcSchema = z.strictObject({ issuers: z.array(issuerSchema).min(1).max(20) });

export type OidcConfig = z.output<typeof oidcSchema>;
export type OidcIssuer = z.output<typeof issuerSchema>;
export type OidcRule = z.output<typeof ruleSchema>;

/** Reads the rules. @throws OperationalError OIDC_RULES_INVALID with every problem */
export async function readOidcConfig(path: string): Promise<OidcConfig> {
  const invalid = (why: string, cause?: unknown) =>
    new OperationalError("OIDC_RULES_INVALID", `${path}: ${why}`, { retryable: false, cause });
  const text = await readFile(path, "utf8").catch((error: Error) => {
    throw invalid(error.message, error);
  });
  if (text.length > fileBytesMax) throw invalid(`is larger than ${fileBytesMax} bytes`);
  const document = parseDocument(text);
  const [broken] = document.errors;
  if (broken !== undefined) throw invalid(broken.message, broken);
  const parsed = oidcSchema.safeParse(document.toJS({ maxAliasCount: 10 }));
  if (parsed.success) return parsed.data;
  throw invalid(parsed.error.issues.map((issue) => `${issue.path.join(".") || "file"} ${issue.message}`).join("; "));
}

/** Whether a host is this machine, where nothing has to be encrypted. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host);
}
