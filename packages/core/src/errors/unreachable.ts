/** Ends a `switch` over a union: a case that was forgotten does not compile, and would crash rather than pass. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
