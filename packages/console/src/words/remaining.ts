/** A length as the server writes it: `in 3m 20s`. */
const remaining = / in \d+(?:ms|[smhd])(?: \d+[smh])?(?=,|$)/;

/**
 * A reason without the time that was left when the server wrote it, because a running countdown stands beside it:
 * `goes to 25% in 3m 20s` becomes `goes to 25%`. A reason that names none stays as it is.
 */
export function withoutRemaining(reason: string): string {
  return reason.replace(remaining, "");
}
