import { z } from "zod";
import { type Severity, severities } from "../pipeline/values.ts";

const labelSchema = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, "must be the name of a label");

/** How the labels of a monitor's alerts are read. */
export const alertsSchema = z.strictObject({
  labels: z
    .strictObject({
      app: labelSchema.default("app"),
      version: labelSchema.default("version"),
      stage: labelSchema.default("stage"),
      severity: labelSchema.default("severity"),
    })
    .default({ app: "app", version: "version", stage: "stage", severity: "severity" })
    .describe("Which labels name the application, the version, the stage and the severity"),
  severities: z
    .record(z.string().min(1).max(100), z.enum(severities))
    .default({})
    .describe("What the monitor's severities are here, such as page: critical; info, warning and critical are known"),
});

export type AlertRules = z.output<typeof alertsSchema>;

export const usualAlertRules: AlertRules = alertsSchema.parse({});

/** The severity of an issue for what a label says; whatever is not known is a warning, which gates take notice of. */
export function severityOf(rules: AlertRules, label: string | undefined): Severity {
  const named = label === undefined ? undefined : new Map(Object.entries(rules.severities)).get(label);
  return named ?? severities.find((severity) => severity === label) ?? "warning";
}
