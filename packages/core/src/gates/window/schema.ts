import { z } from "zod";
import { durationValue } from "../../pipeline/values.ts";

const dayNames = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

const timeOfDay = z
  .string()
  .regex(/^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/, 'must be a time of day such as "02:00", in quotes')
  .transform((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)));

const zoneSchema = z.string().refine(isZone, "must be a time zone's name such as Europe/Berlin or UTC");

const weeklyShape = {
  days: z
    .array(z.enum(dayNames))
    .min(1)
    .default([...dayNames])
    .describe("The days on which it begins"),
  from: timeOfDay.describe("Local time at which it begins"),
  to: timeOfDay.describe("Local time at which it ends; earlier than `from`: on the day after"),
};

const recurringShape = {
  rrule: z.string().max(500).refine(isRule, "must be a recurrence rule of RFC 5545 such as FREQ=MONTHLY;BYDAY=1TU"),
  starts: z
    .string()
    .refine(isLocal, "must be a local date and time such as 2026-01-06T02:00")
    .describe("The first time, local: what the rule counts from"),
  lasts: durationValue.refine((ms) => ms > 0, "must be longer than nothing"),
};

const ends = (rule: { from: number; to: number }) => rule.from !== rule.to;
const endsMessage = "must not begin and end at the same time";
const weeklySchema = z.strictObject(weeklyShape).refine(ends, endsMessage);
const recurringSchema = z.strictObject(recurringShape);
const ruleSchema = z.union([weeklySchema, recurringSchema]);

/**
 * When a stage may be entered. Either one weekly window, or lists of windows: open when no `deny` window is open and, if there
 * are `allow` windows, one of those is.
 */
export const windowSchema = z.union([
  z.strictObject({ ...weeklyShape, zone: zoneSchema }).refine(ends, endsMessage),
  z.strictObject({ ...recurringShape, zone: zoneSchema }),
  z
    .strictObject({
      zone: zoneSchema,
      allow: z.array(ruleSchema).max(50).default([]),
      deny: z.array(ruleSchema).max(50).default([]),
    })
    .refine(({ allow, deny }) => allow.length + deny.length > 0, "must name at least one window in allow or deny"),
]);

export type WindowConfig = z.output<typeof windowSchema>;
export type Weekly = z.output<typeof weeklySchema>;
export type Recurring = z.output<typeof recurringSchema>;
export type WindowRule = Weekly | Recurring;

/** ISO 8601 number of a day's name: 1 for Monday. */
export function dayNumber(day: Weekly["days"][number]): number {
  return dayNames.indexOf(day) + 1;
}

function isZone(name: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return name.length <= 64;
  } catch {
    return false;
  }
}

function isLocal(text: string): boolean {
  try {
    Temporal.PlainDateTime.from(text);
    return /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text);
  } catch {
    return false;
  }
}

function isRule(text: string): boolean {
  return /^FREQ=(YEARLY|MONTHLY|WEEKLY|DAILY)(;[A-Z]+=[A-Z0-9,+-]+)*$/.test(text);
}
