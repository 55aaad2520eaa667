import { formatDuration } from "@sluice/core/time/duration.ts";
import { fromRfc3339 } from "@sluice/core/time/instant.ts";

/** An RFC 3339 time for a column, to the second and in UTC: `2026-03-15 10:00:00Z`. */
export function when(time: string | undefined): string {
  return time === undefined ? "" : `${time.slice(0, 10)} ${time.slice(11, 19)}Z`;
}

/** How long ago, from the server's own `at`, so that no two clocks are compared: `3h 2m ago`. */
export function ago(time: string, at: string): string {
  const ms = fromRfc3339(at) - fromRfc3339(time);
  return ms < 1_000 ? "just now" : `${formatDuration(ms)} ago`;
}

/** How long from `start` to `end`: `3h 2m`. */
export function between(start: string, end: string): string {
  return formatDuration(Math.max(0, fromRfc3339(end) - fromRfc3339(start)));
}

/** When, and how long until then: `2026-03-15 10:00:00Z, in 3h 2m`. */
export function until(time: string, at: string): string {
  return `${when(time)}, in ${between(at, time)}`;
}
