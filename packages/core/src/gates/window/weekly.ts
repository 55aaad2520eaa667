import type { Millis } from "../../time/instant.ts";
import { dayNumber, type Weekly } from "./schema.ts";

const minutesOfDay = 24 * 60;

/**
 * Whether the clock on the wall shows a time within the window. By the clock, not by elapsed time: where the clock skips the
 * window's hours in spring it does not open that day, and where it shows them twice in autumn it opens twice.
 */
export function isInWeekly({ days, from, to }: Weekly, zone: string, at: Millis): boolean {
  const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
  const minute = local.hour * 60 + local.minute;
  const begins = (daysAgo: number) => days.some((day) => dayNumber(day) === ((local.dayOfWeek + 6 - daysAgo) % 7) + 1);
  if (from < to) return begins(0) && minute >= from && minute < to;
  return (begins(0) && minute >= from) || (begins(1) && minute < to);
}

/** Every moment in the `days` after `at` at which the window can begin or end. Unordered, and some of no effect. */
export function weeklyEdges({ from, to }: Weekly, zone: string, at: Millis, days: number): Millis[] {
  const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
  const edges: Millis[] = [];
  for (let day = -1; day <= days; day++) {
    const date = local.toPlainDate().add({ days: day });
    for (const minute of [0, from, to]) {
      const wall = date.toPlainDateTime().add({ minutes: minute % minutesOfDay });
      // A time that the clock shows twice, or skips, has two candidates.
      for (const disambiguation of ["earlier", "later"] as const)
        edges.push(wall.toZonedDateTime(zone, { disambiguation }).epochMilliseconds);
    }
  }
  let change = local.getTimeZoneTransition("next");
  while (change !== null && change.epochMilliseconds <= at + days * minutesOfDay * 60_000) {
    edges.push(change.epochMilliseconds);
    change = change.getTimeZoneTransition("next");
  }
  return edges.filter((edge) => edge > at);
}
