/** Jitter to each side, as a share. */
const jitter = 0.1;
/** First wait after a failed check, ms, where the interval is not shorter still. */
const firstRetryMs = 60_000;
const longestRetryMs = 3_600_000;
/** What a server may set, ms. */
const shortestByServerMs = 1_000;
const longestByServerMs = 7 * 24 * 3_600_000;

/** What the next check waits for. Durations in ms. */
export interface Pace {
  /** As configured. */
  readonly intervalMs: number;
  /** Whether somebody chose that interval; the default gives way to what the server asks for. */
  readonly explicit: boolean;
  /** `nextCheckSeconds` of the server's last answer. */
  readonly serverSeconds?: number | undefined;
  /** Failed checks in a row. */
  readonly failures: number;
  /** `Retry-After` of the last failed one. */
  readonly retryAfterMs?: number | undefined;
}

/**
 * How long to wait before the next check, ms, with ±10 % jitter so that a fleet spreads out. After failures it begins with a
 * minute and doubles, to ten intervals or one hour at most, whichever is shorter. `Retry-After` is never undercut.
 * @param random 0 (inclusive) to 1 (exclusive)
 */
export function nextCheckDelay(pace: Pace, random: number): number {
  const { failures, retryAfterMs = 0 } = pace;
  const interval = intervalOf(pace);
  const spread = 1 - jitter + 2 * jitter * random;
  if (failures === 0) return Math.round(Math.max(interval * spread, retryAfterMs));
  const backOff = Math.min(interval, firstRetryMs) * 2 ** Math.min(failures - 1, 30);
  const wait = Math.min(backOff, 10 * interval, longestRetryMs) * spread;
  return Math.round(Math.max(wait, retryAfterMs * (1 + jitter * random)));
}

function intervalOf({ intervalMs, explicit, serverSeconds }: Pace): number {
  if (explicit || serverSeconds === undefined) return intervalMs;
  return Math.min(longestByServerMs, Math.max(shortestByServerMs, serverSeconds * 1_000));
}
