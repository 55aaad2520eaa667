import type { Alert } from "@sluice/core/alerts/alert.ts";
import { type AlertRules, severityOf } from "@sluice/core/alerts/alert-labels.ts";
import { versionSchema } from "@sluice/core/release/manifest.ts";
import { z } from "zod";

const labelsSchema = z.record(z.string().max(200), z.string().max(10_000));

/** One alert in a notification. */
export const monitorAlertSchema = z.looseObject({
  status: z.enum(["firing", "resolved"]),
  labels: labelsSchema,
  annotations: labelsSchema.default({}),
  startsAt: z.iso.datetime({ offset: true }).max(40),
  fingerprint: z.string().regex(/^[0-9a-f]{16}$/),
});
export type MonitorAlert = z.output<typeof monitorAlertSchema>;

const titleLength = 200;

/** What an alert says of a release, or why it says nothing. */
export function alertOf(alert: MonitorAlert, { labels, severities }: AlertRules): Alert | string {
  const version = alert.labels[labels.version];
  if (version === undefined) return `it has no label "${labels.version}", so it is about no release`;
  if (!versionSchema.safeParse(version).success)
    return `its label "${labels.version}" is ${JSON.stringify(version.slice(0, 100))}, which is no SemVer version`;
  const stage = alert.labels[labels.stage];
  const title = alert.annotations.summary ?? alert.labels.alertname ?? "an alert without a name";
  return {
    key: `${alert.fingerprint} ${alert.startsAt}`,
    firing: alert.status === "firing",
    version,
    ...(stage === undefined ? {} : { stage }),
    title: title.slice(0, titleLength),
    severity: severityOf({ labels, severities }, alert.labels[labels.severity]),
  };
}
