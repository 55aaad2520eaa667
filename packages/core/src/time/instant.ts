/** Milliseconds since 1970-01-01T00:00:00Z. Every time in the core is one of these; it always comes from outside. */
export type Millis = number;

const dayMs = 86_400_000;
/** The beginning of the year 10000, which wants another form. */
const endMs = 253_402_300_800_000;

/** Writes a time as RFC 3339 in UTC with milliseconds: `2024-03-15T10:00:00.000Z`. Throws a RangeError for what is no whole number of ms. */
export function rfc3339(at: Millis): string {
  // Each decision writes many times, and Temporal takes four times as long.
  if (Number.isInteger(at) && at >= 0 && at < endMs) return written(at);
  return Temporal.Instant.fromEpochMilliseconds(at).toString({ smallestUnit: "millisecond" });
}

/** Reads an RFC 3339 time into milliseconds, cutting off what is finer. Throws a RangeError for anything else. */
export function fromRfc3339(text: string): Millis {
  return Temporal.Instant.from(text).epochMilliseconds;
}

function written(at: Millis): string {
  const ms = at % dayMs;
  const { year, month, day } = dateOf(Math.floor(at / dayMs));
  const date = `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}`;
  const [hour, minute, second] = [
    Math.floor(ms / 3_600_000),
    Math.floor(ms / 60_000) % 60,
    Math.floor(ms / 1_000) % 60,
  ];
  return `${date}T${digits(hour, 2)}:${digits(minute, 2)}:${digits(second, 2)}.${digits(ms % 1_000, 3)}Z`;
}

function digits(value: number, count: number): string {
  return String(value).padStart(count, "0");
}

/**
 * The date of a day since 1970-01-01, not before it, in the Gregorian calendar. Years begin in March here, so that the leap day is the last of its year, and
 * every 400 years are alike: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
 */
function dateOf(days: number): { readonly year: number; readonly month: number; readonly day: number } {
  const sinceMarch = days + 719_468;
  const era = Math.floor(sinceMarch / 146_097);
  const dayOfEra = sinceMarch % 146_097;
  const leapDays = Math.floor(dayOfEra / 1_460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return { year: yearOfEra + 400 * era + (month <= 2 ? 1 : 0), month, day };
}
