/** What names a problem: a version of a source, or all of it. */
export function problemKey(source: string, version: string | undefined): string {
  return `${source} ${version ?? ""}`;
}
