/** A length as the server writes it, in one of its two phrases: `in 3m 20s` and `, 3m 20s to go`. */
const remaining = /,? (?:in \d+(?:ms|[smhd])(?: \d+[smh])?(?=,|$)|\d+(?:ms|[smhd])(?: \d+[smh])? to go(?=,|;|$))/;

/**
 * A reason without the time that was left when the server wrote it, because a running countdown stands beside it:
 * `goes to 25% in 3m 20s` becomes `goes to 25%`. A reason that names none stays as it is.
 */
export function withoutRemaining(reason: string): string {
  return reason.replace(remaining, "");
}
