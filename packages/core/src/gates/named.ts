/** Whoever said something, as they were then. */
export interface Person {
  readonly by: string;
  readonly groups: readonly string[];
}

/** Whether a person is among those named: by the name of their token, or by a group of it. */
export function isNamed(names: readonly string[], person: Person): boolean {
  return names.some((name) => name === person.by || person.groups.includes(name));
}
