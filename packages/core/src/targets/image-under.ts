/** What of an image's repository follows on the beginning that a target names: `/frontend`, or nothing. Undefined: it stands elsewhere. */
export function imageUnder(repository: string, prefix: string): string | undefined {
  if (repository === prefix) return "";
  return repository.startsWith(`${prefix}/`) ? repository.slice(prefix.length) : undefined;
}
