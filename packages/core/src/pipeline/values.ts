import { z } from "zod";
import { durationPattern, parseDuration } from "../time/duration.ts";

const durationForm = "must be a duration such as 90s, 24h or 1h30m";

/** Longest duration in a pipeline: ten years. Moments that are further away cannot be written as a time. */
const maxDurationMs = 3_650 * 86_400_000;

/** A duration such as `24h` or `1h30m`, at most ten years; becomes milliseconds. */
export const durationValue = z
  .string({ error: unlessMissing(durationForm) })
  .regex(durationPattern, durationForm)
  .transform((text) => parseDuration(text) ?? Number.NaN)
  .refine((ms) => ms <= maxDurationMs, "must be at most 3650d");

const sharePattern = /^(?:100(?:\.0{1,2})?|\d{1,2}(?:\.\d{1,2})?)%$/;

const shareForm = "must be a share between 0% and 100% with at most two decimals, such as 5% or 0.25%";

/** A share such as `5%` or `0.25%`, at most two decimals; becomes basis points, 0 to 10,000. */
export const shareValue = z
  .string({ error: unlessMissing(shareForm) })
  .regex(sharePattern, shareForm)
  .transform((text) => Math.round(Number(text.slice(0, -1)) * 100));

export const severities = ["info", "warning", "critical"] as const;
export type Severity = (typeof severities)[number];

export function isAtLeast(severity: Severity, least: Severity): boolean {
  return severities.indexOf(severity) >= severities.indexOf(least);
}

/** `soak: 24` is a number: whoever wrote it wants to know what a duration looks like, not that it is no string. */
function unlessMissing(message: string) {
  return ({ input }: { readonly input: unknown }) => (input === undefined ? undefined : message);
}
