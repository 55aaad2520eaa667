/** Longest that a server may ask a client to wait, ms. */
const longestWaitMs = 24 * 3_600_000;

/**
 * Reads a `Retry-After` header (RFC 9110 section 10.2.3): seconds, or a date.
 * @returns how long to wait in ms, at most a day; undefined when there is none or it cannot be read
 */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), longestWaitMs);
}
