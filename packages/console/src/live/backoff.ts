const firstMs = 1_000;
const longestMs = 15_000;

/** How long to wait, in ms, before the next attempt after so many failures in a row: 1 s, doubled each time, at most 15 s. */
export function backoffMs(failures: number): number {
  return Math.min(longestMs, firstMs * 2 ** Math.max(0, failures - 1));
}
