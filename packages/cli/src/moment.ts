import { parseDuration } from "@sluice/core/time/duration.ts";
import { fromRfc3339, type Millis } from "@sluice/core/time/instant.ts";
import { usage } from "./failure.ts";

/**
 * Reads a moment that a user gave: an RFC 3339 time, or a duration counted from now.
 * @param direction where a duration leads: `past` for `--since 24h`, `future` for `--expires 90d`
 */
export function moment(option: string, text: string, direction: "past" | "future"): Millis {
  const duration = parseDuration(text);
  if (duration !== undefined) return Date.now() + (direction === "past" ? -duration : duration);
  try {
    return fromRfc3339(text);
  } catch (cause) {
    throw usage(`${option} ${text}: must be a time such as 2026-03-15T10:00:00Z, or a duration such as 24h or 90d.`, {
      cause,
    });
  }
}
