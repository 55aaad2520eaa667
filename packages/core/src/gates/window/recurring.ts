import { RRuleTemporal } from "rrule-temporal";
import type { Millis } from "../../time/instant.ts";
import type { Recurring } from "./schema.ts";

function ruleOf({ rrule, starts }: Recurring, zone: string): RRuleTemporal {
  return new RRuleTemporal({
    rruleString: `RRULE:${rrule}`,
    dtstart: Temporal.PlainDateTime.from(starts).toZonedDateTime(zone),
    tzid: zone,
  });
}

/** Whether a time lies within `lasts` (elapsed, not by the clock) after an occurrence of the rule (RFC 5545, 3.3.10). */
export function isInRecurring(recurring: Recurring, zone: string, at: Millis): boolean {
  const start = occurrence(ruleOf(recurring, zone).previous(zoned(at, zone), true));
  return start !== undefined && at < start + recurring.lasts;
}

/** The end of the occurrence that is on, and the next beginning. */
export function recurringEdges(recurring: Recurring, zone: string, at: Millis): Millis[] {
  const rule = ruleOf(recurring, zone);
  const last = occurrence(rule.previous(zoned(at, zone), true));
  const next = occurrence(rule.next(zoned(at, zone), false));
  return [...(last === undefined ? [] : [last + recurring.lasts]), ...(next === undefined ? [] : [next])].filter(
    (edge) => edge > at,
  );
}

function zoned(at: Millis, zone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
}

function occurrence(found: { readonly epochMilliseconds: number } | null): Millis | undefined {
  return found?.epochMilliseconds;
}
