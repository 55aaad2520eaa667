/** Milliseconds since 1970-01-01T00:00:00Z. Every time in the core is one of these; it always comes from outside. */
export type Millis = number;

/** Writes a time as RFC 3339 in UTC with milliseconds: `2024-03-15T10:00:00.000Z`. */
export function rfc3339(at: Millis): string {
  return Temporal.Instant.fromEpochMilliseconds(at).toString({ smallestUnit: "millisecond" });
}

/** Reads an RFC 3339 time into milliseconds, cutting off what is finer. Throws a RangeError for anything else. */
export function fromRfc3339(text: string): Millis {
  return Temporal.Instant.from(text).epochMilliseconds;
}
