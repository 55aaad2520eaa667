export const weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;

export type Weekday = (typeof weekdays)[number];

/** When updates may be installed: on these days from `start` to `end`, wall-clock times in `zone`. */
export interface MaintenanceWindow {
  readonly days: readonly Weekday[];
  /** `HH:MM` */
  readonly start: string;
  /** `HH:MM`, at most `24:00`; not later than `start`: on the day after. */
  readonly end: string;
  /** IANA name, for example Europe/Berlin. */
  readonly zone: string;
}

export interface WindowState {
  readonly open: boolean;
  /** When that changes, ms since the epoch. */
  readonly changesAt: number;
}

/**
 * Whether a window is open at a moment, and until when that stays so. Where the clocks are put forward over a bound, the bound is
 * the moment as long after the gap as it lies in it; where they are put back, a start is its first occurrence and an end its last, so
 * that a window is never shorter than it was meant to be.
 * @param now ms since the epoch
 */
export function windowState(window: MaintenanceWindow, now: number): WindowState {
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(window.zone).toPlainDate();
  // From yesterday, whose window may reach into today, to this day in a week: it has some open day in between.
  for (let offset = -1; offset <= 8; offset++) {
    const date = today.add({ days: offset });
    const day = weekdays[date.dayOfWeek - 1];
    if (day === undefined || !window.days.includes(day)) continue;
    const opens = momentOf(date, window.start, window.zone, "earlier");
    const closes = momentOf(window.end > window.start ? date : date.add({ days: 1 }), window.end, window.zone, "later");
    if (now < opens) return { open: false, changesAt: opens };
    if (now < closes) return { open: true, changesAt: closes };
  }
  throw new RangeError("a maintenance window needs at least one day");
}

function momentOf(date: Temporal.PlainDate, time: string, zone: string, fold: "earlier" | "later"): number {
  const at =
    time === "24:00" ? date.add({ days: 1 }).toPlainDateTime() : date.toPlainDateTime(Temporal.PlainTime.from(time));
  const first = at.toZonedDateTime(zone, { disambiguation: "earlier" });
  const second = at.toZonedDateTime(zone, { disambiguation: "later" });
  // In a gap the two differ as well, but neither shows the wall-clock time asked for: then the later one lies after the gap.
  const inGap = !first.toPlainDateTime().equals(at);
  return (inGap || fold === "later" ? second : first).epochMilliseconds;
}
