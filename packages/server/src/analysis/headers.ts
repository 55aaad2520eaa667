import { fillIn, type Subject } from "@sluice/core/analysis/placeholders.ts";
import type { UsedSecrets } from "./secrets.ts";

/** Configured headers as they are sent: with what is measured and secrets in them. Throws MissingSecret. */
export function filledHeaders(
  headers: Readonly<Record<string, string>>,
  subject: Subject,
  secrets: UsedSecrets,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), secrets.fill(fillIn(value, subject))]),
  );
}
