import { z } from "zod";
import type { Evidence } from "../../gates/gate.ts";
import { durationValue } from "../../pipeline/values.ts";
import { type Finding, measurementError } from "../finding.ts";
import { placeholderProblem } from "../placeholders.ts";
import { urlSchema } from "./http.ts";

const alarmSchema = z
  .string()
  .min(1)
  .max(255)
  .superRefine((name, context) => {
    const problem = placeholderProblem(name);
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
  });

/** Alarms of Amazon CloudWatch that must be OK. Durations become ms. */
export const cloudWatchSchema = z.strictObject({
  alarms: z
    .array(alarmSchema)
    .min(1)
    .max(50)
    .refine((names) => new Set(names).size === names.length, "must not name an alarm twice")
    .describe("Metric and composite alarms by their names; all must be OK"),
  region: z
    .string()
    .regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/, "must be a region such as eu-central-1")
    .exactOptional()
    .describe("Where the alarms are; the region of the server's AWS configuration, unless given"),
  endpoint: urlSchema
    .exactOptional()
    .describe("Another address of the service, such as that of a VPC endpoint; that of the region, unless given"),
  timeout: durationValue
    .refine((ms) => ms >= 1 && ms <= 300_000, "must be between 1ms and 5m")
    .default(10_000)
    .describe("When an answer that is not there yet is no longer waited for"),
});

export type CloudWatchProbe = z.output<typeof cloudWatchSchema>;

/**
 * An alarm as DescribeAlarms tells of it: `StateValue` is `OK`, `ALARM` or `INSUFFICIENT_DATA`.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
 */
export interface AlarmState {
  readonly name: string;
  readonly state: string | undefined;
  /** Why it is in that state, as the service says it. */
  readonly reason: string | undefined;
  /** RFC 3339: since when. */
  readonly since: string | undefined;
}

const reasonLength = 300;

/**
 * Holds the states of alarms to what is asked of them. One that fires fails the measurement; one that is not there is an error of it; one without data says
 * nothing, and no data is never a pass.
 * @param names the alarms that were asked for
 */
export function judgeCloudWatch(names: readonly string[], found: readonly AlarmState[]): Finding {
  const alarms = names.map((name) => found.find((alarm) => alarm.name === name) ?? name);
  const evidence: Evidence = {
    alarms: Object.fromEntries(
      alarms.map((alarm) => (typeof alarm === "string" ? [alarm, null] : [alarm.name, shown(alarm)])),
    ),
  };
  const inState = (...states: string[]) =>
    alarms.flatMap((alarm) => (typeof alarm !== "string" && states.includes(alarm.state ?? "") ? [alarm] : []));
  const firing = inState("ALARM");
  if (firing.length > 0) return { verdict: "fail", reason: firing.map(told).join("; "), evidence };
  const missing = alarms.filter((alarm) => typeof alarm === "string");
  if (missing.length > 0) return measurementError(`no such alarm: ${missing.join(", ")}`, evidence);
  const silent = inState("INSUFFICIENT_DATA");
  if (silent.length > 0)
    return { verdict: "inconclusive", reason: `no data: ${silent.map(({ name }) => name).join(", ")}`, evidence };
  const fine = inState("OK");
  if (fine.length < alarms.length) return measurementError("the service named a state that is not known", evidence);
  return { verdict: "pass", reason: `OK: ${names.join(", ")}`, evidence };
}

function shown({ state, reason, since }: AlarmState): Evidence {
  return {
    state: state ?? null,
    ...(reason === undefined ? {} : { reason: reason.slice(0, reasonLength) }),
    ...(since === undefined ? {} : { since }),
  };
}

function told({ name, reason }: AlarmState): string {
  return `${name} is in alarm${reason === undefined ? "" : `: ${reason.slice(0, reasonLength)}`}`;
}
