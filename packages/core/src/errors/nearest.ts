/** Levenshtein distance, cut off above `limit`. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(substitution, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}

/** The up to three names most like the one asked for, nearest first; all that are near enough to be a slip. */
export function nearestNames(asked: string, names: Iterable<string>): string[] {
  const limit = Math.max(2, Math.ceil(asked.length / 3));
  return [...names]
    .map((name) => ({ name, far: distance(asked.toLowerCase(), name.toLowerCase(), limit) }))
    .filter((candidate) => candidate.far <= limit)
    .sort((a, b) => a.far - b.far || (a.name < b.name ? -1 : 1))
    .slice(0, 3)
    .map((candidate) => candidate.name);
}
