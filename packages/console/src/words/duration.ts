const units = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
] as const;

/**
 * A length of time for people, in at most two units, the smaller one filled up so that a running figure keeps its width:
 * `2d 05h`, `1h 07m`, `2m 05s`, `9s`. Whole seconds, rounded up, so that a countdown ends with `1s` and not with `0s`.
 * @param ms milliseconds; less than nothing counts as nothing
 */
export function countdownText(ms: number): string {
  let rest = Math.max(0, Math.ceil(ms / 1_000)) * 1_000;
  const parts: string[] = [];
  for (const [unit, size] of units) {
    if (parts.length === 0 && rest < size) continue;
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    parts.push(`${parts.length > 0 && amount < 10 ? "0" : ""}${amount}${unit}`);
    if (parts.length === 2) break;
  }
  return parts.length === 0 ? "0s" : parts.join(" ");
}

/**
 * How long ago, in one unit: `just now`, `12s ago`, `3h ago`; or how far ahead, as a countdown: `in 2d 05h`.
 * @param at a moment, ms since the epoch
 * @param now the moment to tell it at, ms since the epoch
 */
export function relativeText(at: number, now: number): string {
  const distance = now - at;
  if (distance <= -3_000) return `in ${countdownText(-distance)}`;
  for (const [unit, size] of units) {
    if (distance >= size && distance >= 3_000) return `${Math.floor(distance / size)}${unit} ago`;
  }
  return "just now";
}
