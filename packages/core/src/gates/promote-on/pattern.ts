/** The tag that stands for a version: `v*` and 1.2.0 give `v1.2.0`. A pattern without a star is one tag that moves. */
export function tagFor(pattern: string, version: string): string {
  return pattern.replace("*", () => version);
}

/** Whether a tag is one that a pattern asks about: the star stands for one character or more. */
export function tagMatches(pattern: string, tag: string): boolean {
  const [before = "", after] = pattern.split("*");
  if (after === undefined) return tag === pattern;
  return tag.length > before.length + after.length && tag.startsWith(before) && tag.endsWith(after);
}
